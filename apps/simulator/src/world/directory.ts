import { createHash } from 'node:crypto';
import { Account, type GroupAddPrivacy } from './account.js';

export interface AccountInput {
  /** Digits. */
  phone: string;
  name?: string;
  /** Digits; made from the phone number when absent, so that it is the same in every run. */
  lid?: string;
  privacy?: GroupAddPrivacy;
}

const PHONE = /^[1-9]\d{4,14}$/;
const LID = /^[1-9]\d{4,19}$/;

/** Everybody who is on WhatsApp. */
export class Directory {
  private readonly byPhone = new Map<string, Account>();
  private readonly byLid = new Map<string, Account>();

  /** Throws a `RangeError` naming the field that is wrong or taken. */
  create(input: AccountInput): Account {
    if (!PHONE.test(input.phone)) throw new RangeError(`phone: ${input.phone} is not a phone number in digits`);
    if (this.byPhone.has(input.phone)) throw new RangeError(`phone: ${input.phone} is already on WhatsApp`);
    const lid = input.lid ?? this.freeLid(input.phone);
    if (!LID.test(lid)) throw new RangeError(`lid: ${lid} is not a LID in digits`);
    if (this.byLid.has(lid)) throw new RangeError(`lid: ${lid} is taken`);
    const account = new Account(input.phone, lid, input.name ?? input.phone);
    if (input.privacy !== undefined) account.privacy = input.privacy;
    this.byPhone.set(account.phone, account);
    this.byLid.set(account.lid, account);
    return account;
  }

  /** By phone JID, LID or bare phone number, with or without a device suffix. */
  find(address: string): Account | undefined {
    const at = address.indexOf('@');
    if (at < 0) return this.byPhone.get(address);
    const colon = address.indexOf(':');
    const user = address.slice(0, colon >= 0 && colon < at ? colon : at);
    const server = address.slice(at + 1);
    if (server === 'lid') return this.byLid.get(user);
    return server === 's.whatsapp.net' ? this.byPhone.get(user) : undefined;
  }

  /** Gives the account another phone number. Throws a `RangeError` when that is malformed or taken. */
  renumber(account: Account, phone: string): void {
    if (!PHONE.test(phone)) throw new RangeError(`phone: ${phone} is not a phone number in digits`);
    if (this.byPhone.has(phone)) throw new RangeError(`phone: ${phone} is already on WhatsApp`);
    this.byPhone.delete(account.phone);
    account.phone = phone;
    this.byPhone.set(phone, account);
  }

  all(): IterableIterator<Account> {
    return this.byPhone.values();
  }

  private freeLid(phone: string): string {
    let lid =
      100_000_000_000_000 + (createHash('sha256').update(phone).digest().readUIntBE(0, 6) % 800_000_000_000_000);
    while (this.byLid.has(String(lid))) lid += 1;
    return String(lid);
  }
}
