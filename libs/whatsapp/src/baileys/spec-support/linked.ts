import { Simulator, type SimulatedPhone, type SimulatorOptions } from '#simulator';
import type { CredentialStore, HeldLease, WhatsAppConnection } from '#whatsapp';
import { BaileysConnector } from '../baileys-connector.js';
import type { BaileysOptions } from '../baileys-options.js';
import { encode } from '../credential-codec.js';
import { PINNED_WHATSAPP_VERSION } from '../version.js';
import { LogRecorder } from './log-recorder.js';
import { MemoryCredentialStore } from './memory-credential-store.js';
import { Recorder } from './recorder.js';

export const SESSION = '01J0000000000000000000000A';

/** A lease that nobody takes. */
export function leaseOf(sessionId: string): HeldLease {
  return { sessionId, fence: 1, isHeld: true, lost: new AbortController().signal };
}

export interface Linked {
  connection: WhatsAppConnection;
  events: Recorder;
}

/** The adapter on one side, a local WhatsApp on the other. */
export class Bench {
  readonly store = new MemoryCredentialStore();
  readonly log = new LogRecorder();
  private readonly connections: WhatsAppConnection[] = [];

  private constructor(readonly simulator: Simulator) {}

  static async start(options: SimulatorOptions = {}): Promise<Bench> {
    return new Bench(await Simulator.start(options));
  }

  async stop(): Promise<void> {
    this.simulator.faults.clear();
    await Promise.all(this.connections.map((connection) => connection.close()));
    await this.simulator.stop();
  }

  connector(options: Partial<BaileysOptions> = {}, store: CredentialStore = this.store): BaileysConnector {
    const { url, rootKey } = this.simulator;
    return new BaileysConnector(store, {
      url,
      rootKey,
      version: PINNED_WHATSAPP_VERSION,
      verifySignatures: true,
      openTimeoutMs: 10_000,
      queryTimeoutMs: 10_000,
      logger: this.log,
      ...options,
    });
  }

  connect(options: Partial<BaileysOptions> = {}, sessionId: string = SESSION): Linked {
    const events = new Recorder();
    const connection = this.connector(options).connect(leaseOf(sessionId), events);
    this.connections.push(connection);
    return { connection, events };
  }

  /** Stores the credentials of a device that is linked to this phone. */
  async provide(phone: SimulatedPhone, sessionId: string = SESSION): Promise<void> {
    const { creds, keys } = await phone.provision();
    this.store.put(sessionId, 'creds', '', encode(creds));
    for (const [kind, values] of Object.entries(keys)) {
      for (const [id, value] of Object.entries(values)) this.store.put(sessionId, kind, id, encode(value));
    }
  }

  /** A connection that is logged in as a device of this phone. */
  async linked(phone: SimulatedPhone, options: Partial<BaileysOptions> = {}, sessionId = SESSION): Promise<Linked> {
    await this.provide(phone, sessionId);
    const linked = this.connect(options, sessionId);
    await linked.events.next('open');
    return linked;
  }
}
