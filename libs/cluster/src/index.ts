export * from './cluster.module.js';
export type { KeptLease } from './kept-lease.js';
export * from './lease-keeper.js';
