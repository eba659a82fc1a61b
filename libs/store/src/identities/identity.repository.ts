import { Injectable } from '@nestjs/common';
import type { UserRef } from '#whatsapp';
import { Database } from '../database.js';
import { IdentityDraft, isIdentity, type Identity } from './identity-draft.js';
import { IdentityLearner } from './identity-learner.js';
import { IdentityTable } from './identity-table.js';

/** Which LID and which phone number are the same person, as a session's account was told. For callers that hold the session. */
@Injectable()
export class IdentityRepository {
  private readonly table: IdentityTable;
  private readonly learner: IdentityLearner;

  constructor(database: Database) {
    this.table = new IdentityTable(database);
    this.learner = new IdentityLearner(database);
  }

  /** Each user by both addresses where they are known, in the order given. At most one round trip. */
  async resolve(sessionId: string, users: readonly UserRef[]): Promise<UserRef[]> {
    const incomplete = users.filter((user) => !isIdentity(user));
    const known = new IdentityDraft(await this.table.known(sessionId, incomplete));
    return users.map((user) => (isIdentity(user) ? user : known.see(user)));
  }

  /**
   * Stores who is who, and brings it to the members of every group. Of two that disagree, the later one counts. Nothing
   * is written when nothing is new, or once the session is deleted.
   */
  async learn(sessionId: string, identities: readonly Identity[]): Promise<void> {
    if (identities.length > 0) await this.learner.learn(sessionId, identities);
  }
}
