import {
  BufferJSON,
  WA_CERT_DETAILS,
  makeWASocket,
  type AuthenticationCreds,
  type WASocket,
} from '@whiskeysockets/baileys';
import type { LinkedDevice, SimulatorProcess } from './simulator.js';

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

/** Baileys as it comes, on credentials in memory, in this very process. Resolves when it is logged in. */
export async function rawSocket(simulator: SimulatorProcess, device: LinkedDevice): Promise<WASocket> {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(simulator.rootKey, 'hex');
  const creds = JSON.parse(JSON.stringify(device.creds), BufferJSON.reviver) as AuthenticationCreds;
  const socket = makeWASocket({
    auth: { creds, keys: { get: () => ({}), set: quiet } },
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
