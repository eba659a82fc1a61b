import type { Actor } from './changes.js';
import type { WorldContext } from './context.js';
import type { Group, Picture } from './group.js';
import { newPictureId } from './ids.js';
import { requireMayEditInfo, requireMember } from './rules.js';
import { WorldError } from './world-error.js';

const JPEG = Buffer.of(0xff, 0xd8, 0xff);

/** What groups look like in a list. */
export class Pictures {
  constructor(private readonly context: WorldContext) {}

  /** Refused with 404 where there is none. */
  get(actor: Actor, groupJid: string): Picture {
    const group = this.context.group(groupJid);
    requireMember(group, actor.account);
    if (group.picture === undefined) throw WorldError.notFound();
    return group.picture;
  }

  /** Refused with 406 unless it is a JPEG. */
  set(actor: Actor, groupJid: string, image: Uint8Array): Picture {
    const group = this.editable(actor, groupJid);
    if (!JPEG.equals(image.subarray(0, JPEG.length))) throw WorldError.notAcceptable();
    const picture = { id: newPictureId(), image };
    group.picture = picture;
    this.context.emit(group, actor, { type: 'picture' });
    return picture;
  }

  /** Accepted where there is none, and nobody is told. */
  remove(actor: Actor, groupJid: string): void {
    const group = this.editable(actor, groupJid);
    if (group.picture === undefined) return;
    delete group.picture;
    this.context.emit(group, actor, { type: 'picture' });
  }

  /** For whoever has the address of it, as pictures are fetched. */
  find(id: string): Picture | undefined {
    for (const { picture } of this.context.allGroups()) if (picture?.id === id) return picture;
    return undefined;
  }

  private editable(actor: Actor, groupJid: string): Group {
    const group = this.context.group(groupJid);
    requireMayEditInfo(group, actor.account, this.context.switches);
    return group;
  }
}
