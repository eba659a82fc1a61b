import { Simulator } from '../simulator.js';
import type { SimulatedPhone } from '../simulated-phone.js';
import { Client, loggedIn } from './client.js';

export const ADA = '4915100000001';
export const BEN = '4915100000002';
/** The query that `outcome` makes. */
export const SUBJECT = { phone: ADA, child: 'subject' };

/** A simulator, an account with a group, and devices of it. */
export class Rig {
  readonly clients: Client[] = [];

  private constructor(
    readonly simulator: Simulator,
    readonly ada: SimulatedPhone,
    readonly group: string,
  ) {}

  static async start(): Promise<Rig> {
    const simulator = await Simulator.start();
    const ada = simulator.createAccount({ phone: ADA, name: 'Ada' });
    simulator.createAccount({ phone: BEN, name: 'Ben' });
    return new Rig(simulator, ada, ada.createGroup({ subject: 'Choir' }));
  }

  async stop(): Promise<void> {
    for (const client of this.clients) await client.close();
    await this.simulator.stop();
  }

  /** A device that is logged in. */
  async connect(): Promise<Client> {
    const client = await loggedIn(this.simulator, this.ada);
    this.clients.push(client);
    return client;
  }

  /** A device that may or may not get in. */
  async connecting(): Promise<Client> {
    const client = new Client(this.simulator, await this.ada.provision());
    this.clients.push(client);
    return client;
  }

  subject(): string {
    return this.simulator.world.group(this.group).subject;
  }

  /** How a change of the subject ends when it is waited for only so long. Baileys has several ways of saying "no answer". */
  async outcome(client: Client, ms: number): Promise<unknown> {
    const content = [{ tag: 'subject', attrs: {}, content: Buffer.from('Changed') }];
    const query = { tag: 'iq', attrs: { type: 'set', xmlns: 'w:g2', to: this.group }, content };
    try {
      const answer: unknown = await client.socket.query(query, ms);
      return answer === undefined ? 'no answer' : 'answered';
    } catch (error) {
      const { data, message } = error as { data?: unknown; message?: string };
      if (typeof data === 'number') return data;
      return message === 'Timed Out' ? 'no answer' : error;
    }
  }
}
