import { expect } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { eventually } from './eventually.js';
import { LinkedRig } from './linked-rig.js';
import type { Answer } from './start-gateway.js';

export const LABEL = 'Support desk';
/** Every stanza that changes a group. */
export const ACTIONS = { tag: 'iq', xmlns: 'w:g2', type: 'set' } as const;

/** The session as a path of product B names it. */
export const instance = (): string => encodeURIComponent(LABEL);
export const query = (jid: string): string => `identifier=${encodeURIComponent(jid)}`;

export function failure(status: number, message: unknown, code: string, details: object = expect.any(Object)): object {
  return { status, body: { success: false, error: { message, code, details } } };
}

/** A gateway as a client of product B sees it, with one linked account and people to act on. */
export class CompatLab {
  private constructor(
    private readonly rig: LinkedRig,
    /** Makes the groups in which the account is not the first admin. */
    readonly owner: SimulatedPhone,
    readonly ada: SimulatedPhone,
    readonly bea: SimulatedPhone,
    /** Nobody may add them. */
    readonly shy: SimulatedPhone,
  ) {}

  static async start(): Promise<CompatLab> {
    const rig = await LinkedRig.start();
    const { gateway, session, token } = rig;
    await gateway.request('PATCH', `/api/v1/sessions/${session}`, { token, body: { label: LABEL } });
    const lab = new CompatLab(rig, rig.person('Owner'), rig.person('Ada'), rig.person('Bea'), rig.person('Shy'));
    lab.shy.account.privacy = 'none';
    return lab;
  }

  get simulator(): LinkedRig['simulator'] {
    return this.rig.simulator;
  }

  get gateway(): LinkedRig['gateway'] {
    return this.rig.gateway;
  }

  get token(): string {
    return this.rig.token;
  }

  get session(): string {
    return this.rig.session;
  }

  /** The linked account. */
  get me(): SimulatedPhone {
    return this.rig.me;
  }

  /** See `LinkedRig.forget`. */
  forget(): void {
    this.rig.forget();
  }

  stop(): Promise<void> {
    return this.rig.stop();
  }

  /** Its key goes in `token`. */
  call(method: string, path: string, body?: unknown, key = this.token): Promise<Answer> {
    return this.gateway.request(method, `/api/group/${path}`, { body, headers: { token: key } });
  }

  manage(body: unknown, name = instance()): Promise<Answer> {
    return this.call('POST', `participants/${name}`, body);
  }

  /** Once what the phone did is stored. */
  async stored(jid: string, role: string): Promise<string> {
    const { gateway, session, token } = this;
    await eventually(async () => {
      const { body } = await gateway.request('GET', `/api/v1/sessions/${session}/groups/${jid}`, { token });
      expect(body).toMatchObject({ myRole: role });
    });
    return jid;
  }

  groupOfMine(...members: SimulatedPhone[]): Promise<string> {
    const participants = members.map(({ jid }) => jid);
    return this.stored(this.me.createGroup({ subject: 'Mine', participants }), 'superadmin');
  }

  /** The account is what the owner makes it. */
  async groupOfTheirs(role: 'member' | 'admin', ...members: SimulatedPhone[]): Promise<string> {
    const participants = [this.me, ...members].map((one) => one.jid);
    const jid = this.owner.createGroup({ subject: 'Theirs', participants });
    if (role === 'admin') this.owner.promote(jid, [this.me.jid]);
    return this.stored(jid, role);
  }
}
