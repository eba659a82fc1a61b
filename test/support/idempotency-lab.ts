import { expect } from '@jest/globals';
import type { Simulator, SimulatedPhone } from '#simulator';
import { eventually } from './eventually.js';
import { IdempotencyRows } from './idempotency-rows.js';
import { LinkedRig } from './linked-rig.js';
import type { Answer, TestGateway } from './start-gateway.js';

/** What changes a group. */
export const GROUP_QUERY = { tag: 'iq', xmlns: 'w:g2', type: 'set' } as const;
/** The header that tells a replay from the first answer. */
export const REPLAYED = 'idempotency-replayed';

export interface Keyed {
  key?: string;
  body?: unknown;
  /** Whose api-key. */
  as?: string;
  headers?: Record<string, string>;
}

/** A linked account whose actions carry idempotency keys, and a group to act on. */
export class IdempotencyLab {
  readonly simulator: Simulator;
  readonly gateway: TestGateway;
  readonly token: string;
  readonly session: string;
  readonly me: SimulatedPhone;
  readonly rows: IdempotencyRows;

  private constructor(
    private readonly rig: LinkedRig,
    /** In the group. */
    readonly ada: SimulatedPhone,
    /** Not in the group. */
    readonly bea: SimulatedPhone,
    /** The group: made by `me`, with `ada` in it. */
    readonly mine: string,
  ) {
    ({ simulator: this.simulator, gateway: this.gateway, token: this.token, session: this.session, me: this.me } = rig);
    this.rows = new IdempotencyRows(rig.gateway.database.url);
  }

  static async start(): Promise<IdempotencyLab> {
    let parts: [SimulatedPhone, SimulatedPhone, string] | undefined;
    const rig = await LinkedRig.start(({ me, person }) => {
      const [ada, bea] = [person('Ada'), person('Bea')];
      parts = [ada, bea, me.createGroup({ subject: 'Mine', participants: [ada.jid] })];
    });
    if (!parts) throw new Error('there are no people');
    return new IdempotencyLab(rig, ...parts);
  }

  stop(): Promise<void> {
    return this.rig.stop();
  }

  /** For `afterEach`: the session is connected, no key is in use, and the group is what it was. */
  async restore(): Promise<void> {
    const { me, ada, bea, mine } = this;
    this.rig.forget();
    await this.canRead();
    await this.rows.forget();
    if (!(await this.isMember(ada))) me.add(mine, [ada.jid]);
    if (await this.isMember(bea)) me.remove(mine, [bea.jid]);
    await eventually(async () => expect([await this.isMember(ada), await this.isMember(bea)]).toEqual([true, false]));
  }

  call(method: string, path: string, { key, body, as = this.token, headers }: Keyed = {}): Promise<Answer> {
    const keyed = { ...(key !== undefined && { 'idempotency-key': key }), ...headers };
    return this.gateway.request(method, path, { token: as, body, headers: keyed });
  }

  /** The path of a session. */
  root(id = this.session): string {
    return `/api/v1/sessions/${id}`;
  }

  /** The path of the members of a group. */
  members(group = this.mine): string {
    return `${this.root()}/groups/${group}/members`;
  }

  addBea(key?: string): Promise<Answer> {
    const body = { participants: [this.bea.jid] };
    return this.call('POST', this.members(), { body, ...(key !== undefined && { key }) });
  }

  /** How many stanzas changed a group since the log was cleared. */
  actions(): number {
    return this.simulator.log.count(GROUP_QUERY);
  }

  /** What `act` answers when its connection breaks; the session is connected again by then. */
  async cutOff(act: () => Promise<Answer>): Promise<Answer> {
    const back = this.simulator.nextLogin(this.me.number);
    const answer = await act();
    await back;
    await this.canRead();
    return answer;
  }

  /** Not only by what is stored of the session. */
  async canRead(): Promise<void> {
    const path = `${this.root()}/groups/${this.mine}/invite`;
    await eventually(async () => expect((await this.call('GET', path)).status).toBe(200));
  }

  async isMember({ number }: SimulatedPhone): Promise<boolean> {
    const { body } = await this.call('GET', this.members());
    return (body as { data: { phoneNumber?: string }[] }).data.some((member) => member.phoneNumber === number);
  }
}
