import { randomBytes } from 'node:crypto';
import type { GroupSnapshot, Participant, SessionLease } from '#whatsapp';
import {
  ApiKeyRepository,
  CredentialsKeyRing,
  Database,
  DatabaseCredentialStore,
  GroupRepository,
  GroupWriter,
  IdentityRepository,
  LiveTargets,
  MemberRepository,
  SessionLeases,
  SessionRepository,
  WebhookRepository,
} from '#store';
import { cloneDatabase } from '../support/database.js';

export const SELF = { phoneJid: '15550000000@s.whatsapp.net', lid: '900000000@lid' };
export const OURS = { organizationId: 'ours' };
export const THEIRS = { organizationId: 'theirs' };

export interface Store {
  url: string;
  database: Database;
  sessions: SessionRepository;
  groups: GroupRepository;
  members: MemberRepository;
  identities: IdentityRepository;
  writer: GroupWriter;
  targets: LiveTargets;
  apiKeys: ApiKeyRepository;
  credentials: DatabaseCredentialStore;
  leases: SessionLeases;
  webhooks: WebhookRepository;
  /** A new lease of the session: one that was given before is lost. */
  lease(sessionId: string): Promise<SessionLease>;
  close(): Promise<void>;
}

/** A store on an empty database of its own. */
export async function openStore(): Promise<Store> {
  const clone = await cloneDatabase();
  const database = await Database.connect({ url: clone.url });
  const leases = new SessionLeases(database);
  const keys = new CredentialsKeyRing(randomBytes(32));
  return {
    url: clone.url,
    database,
    sessions: new SessionRepository(database),
    groups: new GroupRepository(database),
    members: new MemberRepository(database),
    identities: new IdentityRepository(database),
    writer: new GroupWriter(database),
    targets: new LiveTargets(database),
    apiKeys: new ApiKeyRepository(database),
    credentials: new DatabaseCredentialStore(database, keys),
    leases,
    webhooks: new WebhookRepository(database, keys),
    lease: async (sessionId) => {
      const [lease] = await leases.claim([sessionId], { name: 'test' }, 0);
      if (!lease) throw new Error('there is no such session');
      return lease;
    },
    close: async () => {
      await database.close();
      await clone.drop();
    },
  };
}

export const phone = (n: number): string => `1555${String(n).padStart(7, '0')}@s.whatsapp.net`;
export const lid = (n: number): string => `9${String(n).padStart(8, '0')}@lid`;

/** Participants `from` up to but without `to`, known by both addresses. */
export function people(from: number, to: number): Participant[] {
  return Array.from({ length: to - from }, (_, i) => ({
    phoneJid: phone(from + i),
    lid: lid(from + i),
    role: 'member' as const,
  }));
}

/** The account is an admin; members 1 to `size - 1` beside it. */
export function groupOf(groupJid: string, size: number, fields: Partial<GroupSnapshot> = {}): GroupSnapshot {
  return {
    groupJid,
    addressingMode: 'lid',
    subject: 'A group',
    description: 'What it is about',
    descriptionId: 'D1',
    isAnnounce: false,
    isLocked: false,
    joinApproval: false,
    memberAddMode: 'admin_add',
    ephemeralSeconds: 0,
    owner: { lid: lid(1) },
    createdAtWa: 1_700_000_000_000,
    participants: [{ ...SELF, role: 'admin' }, ...people(1, size)],
    ...fields,
  };
}
