import { ApiKeyEntity } from './api-key.entity.js';
import { GroupMemberEntity } from './group-member.entity.js';
import { GroupEntity } from './group.entity.js';
import { IdentityEntity } from './identity.entity.js';
import { IdempotencyKeyEntity } from './idempotency-key.entity.js';
import { SessionCredentialEntity } from './session-credential.entity.js';
import { SessionLeaseEntity } from './session-lease.entity.js';
import { SessionEntity } from './session.entity.js';

export const ENTITIES = [
  SessionEntity,
  SessionCredentialEntity,
  SessionLeaseEntity,
  GroupEntity,
  GroupMemberEntity,
  IdentityEntity,
  ApiKeyEntity,
  IdempotencyKeyEntity,
];
