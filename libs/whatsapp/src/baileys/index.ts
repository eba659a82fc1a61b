export { BaileysConnector } from './baileys-connector.js';
export { BaileysRetention } from './baileys-retention.js';
export type { BaileysLogger } from './baileys-logger.js';
export type { BaileysOptions } from './baileys-options.js';
export { guardProcess } from './process-guard.js';
export { fetchLatestWhatsAppVersion } from './refresh-version.js';
export { PINNED_WHATSAPP_VERSION } from './version.js';
