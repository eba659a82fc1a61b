import type { UserRef } from '#whatsapp';

/** Some people, each under the addresses that are known of them, and what is said of each. */
export class Roll<T> {
  private readonly entries = new Map<string, T>();
  private readonly lacksPhones: boolean;
  private readonly lacksLids: boolean;

  constructor(people: readonly UserRef[], say: readonly T[]) {
    people.forEach((user, index) => {
      for (const address of addressesOf(user)) this.entries.set(address, say[index] as T);
    });
    this.lacksPhones = people.some(({ phoneJid }) => phoneJid === undefined);
    this.lacksLids = people.some(({ lid }) => lid === undefined);
  }

  find(user: UserRef): T | undefined {
    return addressesOf(user).flatMap((address) => this.entries.get(address) ?? [])[0];
  }

  /**
   * The user is certainly not one of them. Not to be found is not enough: who is here by LID alone may be the one who is
   * looked for by phone number.
   */
  lacks(user: UserRef): boolean {
    const { phoneJid, lid } = user;
    const isComparable =
      (phoneJid !== undefined && lid !== undefined) ||
      (lid !== undefined && !this.lacksLids) ||
      (phoneJid !== undefined && !this.lacksPhones);
    return isComparable && !addressesOf(user).some((address) => this.entries.has(address));
  }
}

function addressesOf({ phoneJid, lid }: UserRef): string[] {
  return [phoneJid ?? [], lid ?? []].flat();
}
