/** Who may add the account to a group without asking it first. */
export type GroupAddPrivacy = 'all' | 'contacts' | 'none';

/** A person on WhatsApp. Cheap on purpose: most accounts are only ever members of a group. */
export class Account {
  privacy: GroupAddPrivacy = 'all';
  /** Whether others are told the phone number beside the LID. */
  showsNumber = true;
  private contacts?: Set<Account>;
  private blocked?: Set<Account>;

  constructor(
    /** Digits. Changes when the person changes the number; the LID stays. */
    public phone: string,
    /** Digits. */
    readonly lid: string,
    public name: string,
  ) {}

  get phoneJid(): string {
    return `${this.phone}@s.whatsapp.net`;
  }

  get lidJid(): string {
    return `${this.lid}@lid`;
  }

  addContact(other: Account): void {
    (this.contacts ??= new Set()).add(other);
  }

  block(other: Account): void {
    (this.blocked ??= new Set()).add(other);
  }

  unblock(other: Account): void {
    this.blocked?.delete(other);
  }

  blocks(other: Account): boolean {
    return this.blocked?.has(other) ?? false;
  }

  letsBeAddedBy(other: Account): boolean {
    if (this.privacy === 'contacts') return this.contacts?.has(other) ?? false;
    return this.privacy === 'all';
  }
}
