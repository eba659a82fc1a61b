import { Simulator, type SimulatedPhone } from '#simulator';
import type { Random } from '../chaos/random.js';
import { GROUPS, MOST_AT_ONCE, PEOPLE, SESSIONS } from './settings.js';

const FIRST_ACCOUNT = 628_130_000_000;
const FIRST_PERSON = 628_140_000_000;

interface CrowdedGroup {
  jid: string;
  /** Who made it: nobody's account, and the only one to be an admin throughout. */
  maker: SimulatedPhone;
  people: SimulatedPhone[];
}

/** Accounts to be linked, and groups in which they are told what other people do. */
export class Crowd {
  readonly accounts: SimulatedPhone[];
  private readonly groups: CrowdedGroup[];
  private people = 0;

  private constructor(readonly simulator: Simulator) {
    this.accounts = Array.from({ length: SESSIONS }, (_, index) => {
      return simulator.createAccount({ phone: String(FIRST_ACCOUNT + index), name: `Account ${index}` });
    });
    this.groups = Array.from({ length: GROUPS }, (_, index) => this.group(index));
  }

  static async start(): Promise<Crowd> {
    const switches = { recentlyLeftSeconds: 0 };
    return new Crowd(await Simulator.start({ controlPort: 0, switches }));
  }

  /** Somebody comes, goes, or has another role than before, alone or as one of several. Returns how many do. */
  change(random: Random): number {
    const { jid, maker, people } = random.pick(this.groups);
    const first = random.pick(people);
    const role = this.roleOf(jid, first);
    const alike = people.filter((person) => person !== first && this.roleOf(jid, person) === role);
    const several = [first, ...random.sample(alike, random.between(0, MOST_AT_ONCE - 1))];
    const numbers = several.map(({ number }) => number);
    const [changed, act] = random.pick<[SimulatedPhone[], () => unknown]>(
      role === undefined
        ? [
            [several, () => maker.add(jid, numbers)],
            [[first], () => first.joinByInvite(maker.inviteCode(jid))],
          ]
        : [
            [several, () => (role === 'admin' ? maker.demote(jid, numbers) : maker.promote(jid, numbers))],
            [several, () => maker.remove(jid, numbers)],
            [[first], () => first.leave(jid)],
          ],
    );
    act();
    for (const person of changed) {
      if (this.roleOf(jid, person) === role) throw new Error(`nothing has changed for ${person.number} in ${jid}`);
    }
    return changed.length;
  }

  /** Notifications that the gateway has yet to acknowledge, of all accounts. */
  get unacknowledged(): number {
    const devices = this.accounts.flatMap((account) => account.devices());
    return devices.reduce((sum, { unacknowledgedCount }) => sum + unacknowledgedCount, 0);
  }

  /** By group JID, of the groups that the account is in: each member's role by phone JID. */
  membersSeenBy({ account }: SimulatedPhone): Map<string, Map<string, string>> {
    return new Map(
      this.simulator.world.groupsOf(account).map(({ jid, members }) => {
        return [jid, new Map([...members].map(([{ phoneJid }, role]) => [phoneJid, role]))];
      }),
    );
  }

  private roleOf(jid: string, { account }: SimulatedPhone): string | undefined {
    return this.simulator.world.group(jid).members.get(account);
  }

  /** One account is told of each, and two accounts of the first ones. */
  private group(index: number): CrowdedGroup {
    const accounts = this.accounts.filter((_, account) => account === index % SESSIONS || account + index === 1);
    const [maker, ...people] = Array.from({ length: PEOPLE + 1 }, () => this.person());
    if (maker === undefined) throw new Error('a group needs somebody');
    const jid = maker.createGroup({
      subject: `Group ${index}`,
      participants: [...accounts, ...people.slice(0, PEOPLE / 2)].map(({ number }) => number),
      addressingMode: index % 2 === 0 ? 'lid' : 'pn',
    });
    return { jid, maker, people };
  }

  private person(): SimulatedPhone {
    return this.simulator.createAccount({ phone: String(FIRST_PERSON + this.people++) });
  }
}
