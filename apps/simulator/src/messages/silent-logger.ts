import type { DEFAULT_CONNECTION_CONFIG } from '@whiskeysockets/baileys';

type Logger = typeof DEFAULT_CONNECTION_CONFIG.logger;

const nothing = (): void => undefined;

/** What Baileys has to say about keys is nobody's business. */
export const silent: Logger = {
  level: 'silent',
  child: () => silent,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
