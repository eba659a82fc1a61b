import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { NotFoundError } from '#errors';
import { GroupRepository, GroupWriter, SessionRepository, type GroupRecord, type SessionRecord } from '#store';
import { WhatsAppClients, WhatsAppRefusedError, type UserRef, type WhatsAppClient } from '#whatsapp';
import { readGroup } from './read-group.js';
import { commonRefusal, groupRefusal } from './refusal.js';

/** A session that can act. */
export interface LiveAccount {
  session: SessionRecord;
  client: WhatsAppClient;
  self: UserRef;
}

/** A stored group of a session that can act. */
export interface LiveGroup extends LiveAccount {
  group: GroupRecord;
}

/** The checks that come before every live action, in the order of the contract: session, connected, group. */
@Injectable()
export class LiveGroups {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly clients: WhatsAppClients,
    private readonly groups: GroupRepository,
    private readonly writer: GroupWriter,
  ) {}

  async account(caller: Principal, sessionId: string): Promise<LiveAccount> {
    const session = await this.sessions.get(caller.scope, sessionId);
    const client = this.clients.for(session);
    return { session, client, self: { phoneJid: session.waJid, lid: session.waLid } };
  }

  /** Costs no query to WhatsApp, but for a group that is unknown before the first synchronisation. */
  async group(caller: Principal, sessionId: string, groupJid: string): Promise<LiveGroup> {
    // Both are read at once, which saves a round trip, and judged in the order of the contract.
    const [account, group] = await Promise.allSettled([
      this.account(caller, sessionId),
      this.groups.get(caller.scope, sessionId, groupJid),
    ]);
    if (account.status === 'rejected') throw account.reason;
    if (group.status === 'fulfilled') return { ...account.value, group: group.value };
    const isSynchronised = account.value.session.groupsSyncedAt !== undefined;
    if (isSynchronised || !(group.reason instanceof NotFoundError)) throw group.reason;
    await this.read(account.value, groupJid);
    return { ...account.value, group: await this.groups.get(caller.scope, sessionId, groupJid) };
  }

  /** Asks WhatsApp for the group and stores it. `NotFoundError` when the account is not in it. */
  async read({ session, client, self }: LiveAccount, groupJid: string): Promise<void> {
    try {
      await readGroup({ id: session.id, client, self }, groupJid, this.writer);
    } catch (error) {
      throw groupRefusal(error, true);
    }
  }

  /** Runs one live call; a refusal of the whole of it becomes what the contract says. */
  async ask<T>({ group }: LiveGroup, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw groupRefusal(error, group.myRole === 'left');
    }
  }

  /** As `ask`, for what concerns no group yet. */
  async askAccount<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw error instanceof WhatsAppRefusedError ? commonRefusal(error) : error;
    }
  }
}
