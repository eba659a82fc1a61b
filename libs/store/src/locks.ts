/**
 * Keys of our PostgreSQL advisory locks: two 32-bit numbers, the first one common to all of them so that they meet no
 * other program's. Numbers are never given to another purpose.
 */
export const LOCK_SPACE = 0x57477731;

export const LOCKS = {
  migrations: 1,
  /** Held by the one gateway process that owns the sessions of this database. */
  process: 2,
  firstApiKey: 3,
  /** One import of a session at a time. */
  sessionImport: 4,
  /** Old events are removed by one process at a time. */
  eventRetention: 5,
} as const;

/** First number of the locks that tell whether a holder of leases is alive; the second one is the holder's own. */
export const HOLDER_LOCK_SPACE = 0x57477732;

/** First number of the locks by which the webhooks of an organization are made one after the other. */
export const WEBHOOK_LOCK_SPACE = 0x57477733;
