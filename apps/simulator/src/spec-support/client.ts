import type { DEFAULT_CONNECTION_CONFIG } from '@whiskeysockets/baileys';
import {
  initAuthCreds,
  makeWASocket,
  WA_CERT_DETAILS,
  type AuthenticationCreds,
  type BaileysEventMap,
  type ConnectionState,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type WASocket,
} from '@whiskeysockets/baileys';
import type { Simulator } from '../simulator.js';
import type { SimulatedPhone } from '../simulated-phone.js';

type Logger = typeof DEFAULT_CONNECTION_CONFIG.logger;

const quiet = (): void => undefined;
const logger: Logger = {
  level: 'silent',
  child: () => logger,
  trace: quiet,
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: quiet,
};

export interface Credentials {
  creds: AuthenticationCreds;
  keys?: SignalDataSet;
}

/** Why a connection ended: Baileys' `lastDisconnect.error`. */
export interface Disconnect {
  statusCode?: number;
  message: string;
}

const TIMEOUT_MS = 15_000;

/** An unpatched Baileys on credentials kept in memory. */
export class Client {
  readonly socket: WASocket;
  readonly creds: AuthenticationCreds;
  private readonly stored = new Map<string, unknown>();

  constructor(simulator: Simulator, { creds, keys = {} }: Credentials = { creds: initAuthCreds() }) {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(simulator.rootKey, 'hex');
    this.creds = creds;
    const store: SignalKeyStore = {
      get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
        const known = ids.filter((id) => this.stored.has(`${type}.${id}`));
        return Object.fromEntries(known.map((id) => [id, this.stored.get(`${type}.${id}`) as SignalDataTypeMap[T]]));
      },
      set: (data) => {
        for (const [type, entries] of Object.entries(data)) {
          for (const [id, value] of Object.entries(entries)) this.stored.set(`${type}.${id}`, value);
        }
      },
    };
    void store.set(keys);
    this.socket = makeWASocket({
      auth: { creds, keys: store },
      waWebSocketUrl: simulator.url,
      logger,
      shouldSyncHistoryMessage: () => false,
      markOnlineOnConnect: false,
      connectTimeoutMs: 5_000,
      defaultQueryTimeoutMs: 5_000,
    });
    this.socket.ev.on('creds.update', (update) => void Object.assign(creds, update));
  }

  qr(): Promise<string> {
    return this.update((update) => update.qr);
  }

  open(): Promise<true> {
    return this.update((update) => (update.connection === 'open' ? true : undefined));
  }

  closed(): Promise<Disconnect> {
    return this.update(({ connection, lastDisconnect }) => {
      if (connection !== 'close') return undefined;
      const error = lastDisconnect?.error as (Error & { output?: { statusCode: number } }) | undefined;
      const statusCode = error?.output?.statusCode;
      return { message: error?.message ?? '', ...(statusCode !== undefined && { statusCode }) };
    });
  }

  /** The next event of this name that `pick` takes. */
  event<K extends keyof BaileysEventMap, T>(name: K, pick: (value: BaileysEventMap[K]) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${name} within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
      const listener = (value: BaileysEventMap[K]): void => {
        const picked = pick(value);
        if (picked === undefined) return;
        clearTimeout(timer);
        this.socket.ev.off(name, listener);
        resolve(picked);
      };
      this.socket.ev.on(name, listener);
    });
  }

  async close(): Promise<void> {
    await this.socket.end(undefined);
  }

  private update<T>(pick: (update: Partial<ConnectionState>) => T | undefined): Promise<T> {
    return this.event('connection.update', pick);
  }
}

/** A client that is logged in as a device of `phone`. */
export async function loggedIn(simulator: Simulator, phone: SimulatedPhone): Promise<Client> {
  const client = new Client(simulator, await phone.provision());
  await client.open();
  return client;
}
