import type { World } from '../world/index.js';
import { WorldError } from '../world/index.js';
import { bytesOf, child, node } from '../wire/index.js';
import type { IqHandler } from './iq.js';

/** `w:profile:picture`: those of groups. Accounts have none here. `urlOf`: where a picture can be fetched from. */
export function pictureHandler(world: World, urlOf: (id: string) => string): IqHandler {
  return ({ device, iq }) => {
    const { target, type } = iq.attrs;
    const actor = { account: device.account, via: device.jid };
    const request = child(iq, 'picture');
    if (type === 'get') {
      if (!isGroup(target)) throw WorldError.notFound();
      const { id } = world.pictures.get(actor, target);
      return [node('picture', { id, type: request?.attrs.type ?? 'image', url: urlOf(id) })];
    }
    if (!isGroup(target)) throw WorldError.badRequest();
    const image = bytesOf(request);
    if (image !== undefined) return [node('picture', { id: world.pictures.set(actor, target, image).id })];
    world.pictures.remove(actor, target);
    return undefined;
  };
}

function isGroup(target: string | undefined): target is string {
  return target?.endsWith('@g.us') ?? false;
}
