export * from './credential-retention.js';
export * from './credential-store.js';
export * from './errors.js';
export * from './group.js';
export * from './jid.js';
export * from './session-lease.js';
export * from './whatsapp-client.js';
export * from './whatsapp-connector.js';
