import type { Account } from '../world/index.js';
import { Device, type DeviceKeys } from './device.js';

/** The companion devices that are linked to accounts. */
export class DeviceRegistry {
  private readonly devices = new Map<Account, Device[]>();
  private readonly lastId = new Map<Account, number>();

  /** A device number is never given twice. */
  reserveId(account: Account): number {
    const id = (this.lastId.get(account) ?? 0) + 1;
    this.lastId.set(account, id);
    return id;
  }

  link(account: Account, id: number, keys: DeviceKeys): Device {
    const device = new Device(account, id, keys);
    const linked = this.devices.get(account);
    if (linked === undefined) this.devices.set(account, [device]);
    else linked.push(device);
    return device;
  }

  unlink(device: Device): void {
    const left = this.of(device.account).filter((other) => other !== device);
    if (left.length === 0) this.devices.delete(device.account);
    else this.devices.set(device.account, left);
  }

  of(account: Account): readonly Device[] {
    return this.devices.get(account) ?? [];
  }

  find(account: Account, id: number): Device | undefined {
    return this.of(account).find((device) => device.id === id);
  }
}
