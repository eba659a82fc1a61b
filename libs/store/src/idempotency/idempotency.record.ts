import type { TenantScope } from '../tenant-scope.js';

/** A request that carries an idempotency key. */
export interface KeyedRequest {
  scope: TenantScope;
  /** What the path names the session by. */
  session: string;
  /** Whether a label names a session as well as its id does. */
  byLabel: boolean;
  /** SHA-256 of method and path. */
  routeHash: Buffer;
  key: string;
  /** SHA-256 of what the request asks for beside its path. */
  requestHash: Buffer;
  /** How long its owner is taken to be alive without saying so, in milliseconds. */
  leaseMs: number;
}

/** The right to say what became of a request. Another one takes it over when its deadline passes. */
export interface Claim {
  organizationId: string;
  routeHash: Buffer;
  key: string;
  sessionId: string;
  id: string;
  leaseMs: number;
}

/** What is known of a request with this key. */
export type Claimed =
  /** Nothing yet: it is the caller's to act. */
  | { status: 'first'; claim: Claim }
  /** Somebody acted, or died before; nobody knows what came of it. It is the caller's to find out, and never to act. */
  | { status: 'unresolved'; claim: Claim }
  /** Somebody acts right now; `remainingMs` until they would be taken for dead. */
  | { status: 'running'; remainingMs: number }
  | { status: 'done'; outcome: Buffer }
  /** The key was used for something else. */
  | { status: 'reused' };
