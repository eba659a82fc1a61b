export * from './config-error.js';
export * from './config.module.js';
export * from './configuration.js';
export * from './gateway-config.js';
export * from './load-config.js';
export * from './variables.js';
export * from './version.js';
export * from './whatsapp-version.js';
