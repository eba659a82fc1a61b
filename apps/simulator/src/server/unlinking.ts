import { WorldError, type World } from '../world/index.js';
import { child } from '../wire/index.js';
import type { Device } from './device.js';
import type { DeviceRegistry } from './device-registry.js';
import type { IqHandler } from './iq.js';

const DEVICE_JID = /^\d+:(\d+)@/;

/** `remove-companion-device`: how a device logs itself (or a sibling) out. */
export function unlinkingHandler(world: World, unlink: (device: Device) => void, devices: DeviceRegistry): IqHandler {
  return ({ device, iq, afterAnswer }) => {
    const { jid = '' } = child(iq, 'remove-companion-device')?.attrs ?? {};
    const id = Number(DEVICE_JID.exec(jid)?.[1]);
    const named = world.directory.find(jid) === device.account ? devices.find(device.account, id) : undefined;
    if (named === undefined) throw WorldError.badRequest();
    afterAnswer(() => unlink(named));
    return undefined;
  };
}
