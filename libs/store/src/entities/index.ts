import { ApiKeyEntity } from './api-key.entity.js';
import { GroupMemberEntity } from './group-member.entity.js';
import { GroupEntity } from './group.entity.js';
import { IdentityEntity } from './identity.entity.js';
import { IdempotencyKeyEntity } from './idempotency-key.entity.js';
import { SessionCredentialEntity } from './session-credential.entity.js';
import { SessionLeaseEntity } from './session-lease.entity.js';
import { SessionEntity } from './session.entity.js';
import { EventEntity } from './event.entity.js';
import { LogEpochEntity } from './log-epoch.entity.js';
import { RealtimeTicketEntity } from './realtime-ticket.entity.js';
import { WebhookCursorEntity } from './webhook-cursor.entity.js';
import { WebhookDeliveryEntity } from './webhook-delivery.entity.js';
import { WebhookLaneEntity } from './webhook-lane.entity.js';
import { WebhookEntity } from './webhook.entity.js';

export const ENTITIES = [
  SessionEntity,
  SessionCredentialEntity,
  SessionLeaseEntity,
  GroupEntity,
  GroupMemberEntity,
  IdentityEntity,
  ApiKeyEntity,
  IdempotencyKeyEntity,
  EventEntity,
  LogEpochEntity,
  WebhookEntity,
  WebhookLaneEntity,
  WebhookDeliveryEntity,
  WebhookCursorEntity,
  RealtimeTicketEntity,
];
