import { CreateSessions1763600000001 } from './1763600000001-create-sessions.js';
import { CreateGroups1763600000002 } from './1763600000002-create-groups.js';
import { CreateApiKeys1763600000003 } from './1763600000003-create-api-keys.js';
import { CreateIdentities1763600000010 } from './1763600000010-create-identities.js';
import { CreateIdempotencyKeys1763600000020 } from './1763600000020-create-idempotency-keys.js';
import { CreateSessionLeases1763600000030 } from './1763600000030-create-session-leases.js';
import { AddCredentialAge1763600000031 } from './1763600000031-add-credential-age.js';
import { CreateEvents1763600000040 } from './1763600000040-create-events.js';
import { CreateWebhooks1763600000041 } from './1763600000041-create-webhooks.js';
import { CreateRealtimeTickets1763600000042 } from './1763600000042-create-realtime-tickets.js';
import { AddFirstAttempt1763600000046 } from './1763600000046-add-first-attempt.js';
import { CreateLogEpoch1763600000050 } from './1763600000050-create-log-epoch.js';
import { IndexPendingDeliveries1763600000060 } from './1763600000060-index-pending-deliveries.js';
import { AddRequestedDeliveries1763600000061 } from './1763600000061-add-requested-deliveries.js';

/** In the order in which they run. A migration is never edited after it landed. */
export const MIGRATIONS = [
  CreateSessions1763600000001,
  CreateGroups1763600000002,
  CreateApiKeys1763600000003,
  CreateIdentities1763600000010,
  CreateIdempotencyKeys1763600000020,
  CreateSessionLeases1763600000030,
  AddCredentialAge1763600000031,
  CreateEvents1763600000040,
  CreateWebhooks1763600000041,
  CreateRealtimeTickets1763600000042,
  AddFirstAttempt1763600000046,
  CreateLogEpoch1763600000050,
  IndexPendingDeliveries1763600000060,
  AddRequestedDeliveries1763600000061,
];
