import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { NotFoundError } from '#errors';
import {
  GroupWriter,
  LiveTargets,
  SessionRepository,
  type GroupAndMembers,
  type GroupRecord,
  type LiveTarget,
  type News,
  type TargetSession,
} from '#store';
import { WhatsAppClients, WhatsAppRefusedError, type UserRef, type WhatsAppClient } from '#whatsapp';
import { commonRefusal } from '../sessions/index.js';
import { beforehand } from './beforehand.js';
import { readGroup } from './read-group.js';
import { groupRefusal } from './refusal.js';

/** A session that can act. */
export interface LiveAccount {
  session: TargetSession;
  client: WhatsAppClient;
  self: UserRef;
}

/** A stored group of a session that can act. */
export interface LiveGroup extends LiveAccount {
  group: GroupRecord;
  /** What is stored of the account and of those who were named. */
  seen: GroupAndMembers;
}

/** The checks that come before every live action, in the order of the contract: session, connected, group. */
@Injectable()
export class LiveGroups {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly clients: WhatsAppClients,
    private readonly targets: LiveTargets,
    private readonly writer: GroupWriter,
  ) {}

  async account(caller: Pick<Principal, 'scope'>, sessionId: string): Promise<LiveAccount> {
    return this.connected(await this.sessions.get(caller.scope, sessionId));
  }

  /**
   * The group, and what is stored of `users` in it. Costs no query to WhatsApp, but for a group that is unknown before
   * the first synchronisation.
   */
  async group(
    caller: Pick<Principal, 'scope'>,
    sessionId: string,
    groupJid: string,
    users: readonly UserRef[] = [],
  ): Promise<LiveGroup> {
    const find = (): Promise<LiveTarget> => this.targets.find(caller.scope, sessionId, groupJid, users);
    let target = await find();
    const account = this.connected(target.session);
    if (!target.group && target.session.groupsSyncedAt === undefined) {
      await beforehand(this.read(account, groupJid));
      target = await find();
    }
    if (!target.group) throw new NotFoundError('group');
    return { ...account, group: target.group, seen: target.seen };
  }

  /**
   * What is stored of `users` now: to be read while WhatsApp answers, only to save time. `undefined` when it could not be
   * read, for it is read again by whoever stores the answer.
   */
  async lookUp({ session, group }: LiveGroup, users: readonly UserRef[]): Promise<GroupAndMembers | undefined> {
    try {
      return (await this.targets.find(session, session.id, group.groupJid, users)).seen;
    } catch {
      return undefined;
    }
  }

  /**
   * Asks WhatsApp for the group and stores it. `NotFoundError` when the account is not in it. `news`: what brought it
   * into the group, if that is why it is read.
   */
  async read({ session, client, self }: LiveAccount, groupJid: string, news?: News): Promise<void> {
    try {
      await readGroup({ id: session.id, client, self }, groupJid, this.writer, news);
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

  private connected(session: TargetSession): LiveAccount {
    return { session, client: this.clients.for(session), self: { phoneJid: session.waJid, lid: session.waLid } };
  }
}
