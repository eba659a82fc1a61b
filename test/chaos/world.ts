import { Simulator, type SimulatedPhone } from '#simulator';
import { ACCOUNTS, LASTING } from './schedule.js';
import type { Random } from './random.js';

const GROUPS = 12;
/** In each group, beside the accounts: people whom the client may remove, and people whom only other phones act on. */
const REMOVABLE = 25;
const REGULARS = 4;
const FIRST_ACCOUNT = 628_110_000_000;
const FIRST_PERSON = 628_120_000_000;

export interface ChaosGroup {
  jid: string;
  /** Its maker first; the first two are admins. */
  accounts: SimulatedPhone[];
  regulars: SimulatedPhone[];
  /** Whom nobody has tried to remove yet. */
  removable: string[];
}

/** The WhatsApp of a run: accounts that are linked to the gateway, their groups, and people who come and go. */
export class ChaosWorld {
  readonly accounts: SimulatedPhone[];
  readonly groups: ChaosGroup[];
  private people = 0;
  private renamed = 0;

  private constructor(readonly simulator: Simulator) {
    this.accounts = Array.from({ length: ACCOUNTS }, (_, index) => {
      return simulator.createAccount({ phone: String(FIRST_ACCOUNT + index), name: `Account ${index}` });
    });
    this.groups = Array.from({ length: GROUPS }, (_, index) => this.group(index));
  }

  static async start(): Promise<ChaosWorld> {
    return new ChaosWorld(await Simulator.start({ controlPort: 0 }));
  }

  account(index: number): SimulatedPhone {
    const account = this.accounts[index];
    if (account === undefined) throw new RangeError(`there is no account ${index}`);
    return account;
  }

  /** Somebody whom nobody has seen before: who appears in an action tells which action it was. */
  person(): string {
    const phone = String(FIRST_PERSON + this.people++);
    this.simulator.createAccount({ phone });
    return phone;
  }

  /** Something that somebody does on his phone. */
  stir(random: Random): void {
    const { jid, accounts, regulars } = random.pick(this.groups);
    const [maker] = accounts;
    if (maker === undefined) return;
    const somebody = random.pick(regulars).number;
    const deeds = [
      () => maker.changeSubject(jid, `Renamed ${++this.renamed}`),
      () => maker.promote(jid, [somebody]),
      () => maker.demote(jid, [somebody]),
      () => maker.add(jid, [this.person()]),
    ];
    random.pick(deeds)();
  }

  /** Every account that lasts is in two groups, and so is told what the accounts of both do. */
  private group(index: number): ChaosGroup {
    const accounts = this.accounts
      .slice(0, LASTING)
      .filter((_, account) => account % GROUPS === index || (account + 5) % GROUPS === index);
    const [maker, deputy] = accounts;
    if (maker === undefined || deputy === undefined) throw new Error('a group needs two accounts');
    const regulars = Array.from({ length: REGULARS }, () => this.simulator.phone(this.person()));
    const removable = Array.from({ length: REMOVABLE }, () => this.person());
    const jid = maker.createGroup({
      subject: `Group ${index}`,
      participants: [...accounts.slice(1), ...regulars].map(({ number }) => number).concat(removable),
      addressingMode: index % 2 === 0 ? 'lid' : 'pn',
    });
    maker.promote(jid, [deputy.number]);
    return { jid, accounts, regulars, removable };
  }
}
