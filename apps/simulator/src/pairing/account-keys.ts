import type { Account } from '../world/index.js';
import { SigningKey } from '../wire/index.js';

/** The identity keys of the phones: made for an account once it links a device, and not before. */
export class AccountKeys {
  private readonly keys = new WeakMap<Account, SigningKey>();

  of(account: Account): SigningKey {
    const known = this.keys.get(account);
    if (known !== undefined) return known;
    const made = new SigningKey();
    this.keys.set(account, made);
    return made;
  }
}
