import { expect } from '@jest/globals';
import { Simulator, type SimulatedPhone } from '#simulator';
import { eventually } from './eventually.js';
import { forgetLimits } from './forget-limits.js';
import { linkSession, statusIs } from './linked-session.js';
import { startGateway, type Answer, type TestGateway } from './start-gateway.js';

export interface Outcome {
  input: string;
  jid: string;
  lid?: string;
  success: boolean;
  inviteSent?: boolean;
  error?: { reason: string; message: string; whatsappCode?: number; inviteCode?: string; inviteExpiresAt?: number };
}

export interface Outcomes {
  groupJid: string;
  action: string;
  partial: boolean;
  participants: Outcome[];
}

/** What the account is in a group of the lab. */
export type Standing = 'admin' | 'member' | 'left' | 'stranger';

export interface GroupWanted {
  addressing?: 'pn' | 'lid';
  standing?: Standing;
  /** Whoever joins by invite waits for an admin. */
  approval?: boolean;
  /** Beside the owner and the account. */
  members?: readonly SimulatedPhone[];
}

/** A gateway with one linked account, and people to act on. */
export class ParticipantsLab {
  private people = 0;

  private constructor(
    readonly simulator: Simulator,
    readonly gateway: TestGateway,
    readonly token: string,
    readonly session: string,
    /** The linked account. */
    readonly me: SimulatedPhone,
    /** Makes the groups in which the account is not an admin. */
    readonly owner: SimulatedPhone,
  ) {}

  static async start(): Promise<ParticipantsLab> {
    const simulator = await Simulator.start();
    const me = simulator.createAccount({ phone: '6281200000001', name: 'Me' });
    const owner = simulator.createAccount({ phone: '6281200000002', name: 'Owner' });
    const gateway = await startGateway({ simulator });
    const token = await gateway.apiKey(['read', 'send', 'manage']);
    return new ParticipantsLab(simulator, gateway, token, await linkSession(gateway, token, me), me, owner);
  }

  async stop(): Promise<void> {
    await this.gateway.close();
    await this.simulator.stop();
  }

  /** For `afterEach`: what one test was refused does not hold back the next. */
  forget(): void {
    this.simulator.faults.clear();
    forgetLimits(this.gateway, this.session);
  }

  person(): SimulatedPhone {
    this.people += 1;
    return this.simulator.createAccount({ phone: String(6281300000000 + this.people), name: `Person ${this.people}` });
  }

  /** Resolves when the session is connected, maybe again. */
  async working(): Promise<void> {
    await statusIs(this.gateway, this.token, this.session, 'working');
    await this.me.connected();
  }

  /** People who are in no group yet. */
  crowd(size: number): SimulatedPhone[] {
    return Array.from({ length: size }, () => this.person());
  }

  /** A new group, and stored as it is. */
  async group(wanted: GroupWanted = {}): Promise<string> {
    const { addressing = 'lid', standing = 'admin', approval = false, members = [] } = wanted;
    const maker = standing === 'admin' ? this.me : this.owner;
    const others = [...(standing === 'member' || standing === 'left' ? [this.me] : []), ...members];
    const groupJid = maker.createGroup({
      subject: `${addressing} ${standing}`,
      participants: others.map(({ jid }) => jid),
      addressingMode: addressing,
      approval,
    });
    if (standing === 'stranger') return groupJid;
    await this.stored(groupJid, { joinApproval: approval });
    if (standing !== 'left') return groupJid;
    this.owner.remove(groupJid, [this.me.jid]);
    await this.stored(groupJid, { myRole: 'left' });
    return groupJid;
  }

  async stored(groupJid: string, facts: object): Promise<void> {
    await eventually(async () => {
      const { body } = await this.get(`/groups/${groupJid}`);
      expect(body).toMatchObject(facts);
    });
  }

  get(path: string): Promise<Answer> {
    return this.gateway.request('GET', `/api/v1/sessions/${this.session}${path}`, { token: this.token });
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const url = `/api/v1/sessions/${this.session}${path}`;
    return this.gateway.request('POST', url, { token: this.token, body, headers });
  }

  act(groupJid: string, action: string, participants: unknown, more: object = {}): Promise<Answer> {
    return this.post(`/groups/${groupJid}/participants`, { action, participants, ...more });
  }

  /** The outcomes of an action that is answered with 200. */
  async outcomes(groupJid: string, action: string, participants: unknown, more: object = {}): Promise<Outcomes> {
    const { status, body } = await this.act(groupJid, action, participants, more);
    expect({ status, body }).toMatchObject({ status: 200 });
    return body as Outcomes;
  }

  /** By phone number, as stored. */
  async roles(groupJid: string): Promise<Map<string, string>> {
    const { body } = await this.get(`/groups/${groupJid}/members`);
    const { data } = body as { data: { phoneNumber?: string; lid?: string; role: string }[] };
    return new Map(data.map(({ phoneNumber, lid = '', role }) => [phoneNumber ?? lid, role]));
  }
}
