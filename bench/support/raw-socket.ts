import {
  BufferJSON,
  WA_CERT_DETAILS,
  makeWASocket,
  type AuthenticationCreds,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type WASocket,
} from '@whiskeysockets/baileys';
import type { LinkedDevice } from './simulator.js';

interface Credentials {
  creds: AuthenticationCreds;
  keys: SignalDataSet;
}

type Logger = NonNullable<Parameters<typeof makeWASocket>[0]['logger']>;

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

/** Where a local WhatsApp is, and how it proves that it is the one. */
export interface WhatsApp {
  readonly url: string;
  /** In hex. */
  readonly rootKey: string;
}

/** Baileys as it comes, on credentials in memory, in this very process. Resolves when it is logged in. */
export async function rawSocket(simulator: WhatsApp, device: LinkedDevice): Promise<WASocket> {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(simulator.rootKey, 'hex');
  const { creds, keys } = JSON.parse(JSON.stringify(device), BufferJSON.reviver) as Credentials;
  const socket = makeWASocket({
    auth: { creds, keys: inMemory(keys) },
    waWebSocketUrl: simulator.url,
    logger,
    markOnlineOnConnect: false,
    shouldSyncHistoryMessage: () => false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.ev.on('connection.update', ({ connection, lastDisconnect }) => {
      if (connection === 'open') resolve();
      if (connection === 'close') reject(lastDisconnect?.error ?? new Error('the raw socket was closed'));
    });
  });
  return socket;
}

function inMemory(keys: SignalDataSet): SignalKeyStore {
  const values = new Map<string, unknown>();
  const set = (data: SignalDataSet): void => {
    for (const [kind, items] of Object.entries(data)) {
      for (const [id, value] of Object.entries(items ?? {})) values.set(`${kind} ${id}`, value ?? undefined);
    }
  };
  set(keys);
  return {
    set,
    get: <T extends keyof SignalDataTypeMap>(kind: T, ids: string[]) => {
      const found: { [id: string]: SignalDataTypeMap[T] } = {};
      for (const id of ids) {
        const value = values.get(`${kind} ${id}`) as SignalDataTypeMap[T] | undefined;
        if (value !== undefined) found[id] = value;
      }
      return found;
    },
  };
}
