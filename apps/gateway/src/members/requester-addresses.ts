import { Injectable } from '@nestjs/common';
import { IdentityRepository } from '#store';
import type { UserRef } from '#whatsapp';
import { LiveGroups, beforehand, type LiveGroup } from '../groups/index.js';
import type { Person } from './people.js';

/**
 * Finds the addresses by which a group knows those who asked to join it. A group that names its members by LID does so
 * here as well, and takes nobody's phone number for the same person.
 */
@Injectable()
export class RequesterAddresses {
  constructor(
    private readonly identities: IdentityRepository,
    private readonly live: LiveGroups,
  ) {}

  /** The same people in the same order; WhatsApp is asked once about those whose LID is not known yet. */
  async address(target: LiveGroup, people: readonly Person[]): Promise<Person[]> {
    const named = people.map(({ user }) => user);
    const known = await this.identities.resolve(target.session.id, named);
    const byLid = target.group.addressingMode === 'lid';
    const users = byLid ? await this.withLids(target, known) : known;
    return people.map((person, index) => {
      const user = { ...person.user, ...users[index] };
      return { ...person, user, jid: byLid ? user.lid : (user.phoneJid ?? user.lid) };
    });
  }

  private async withLids({ session, client }: LiveGroup, users: readonly UserRef[]): Promise<UserRef[]> {
    const phones = users.flatMap(({ phoneJid, lid }) => (lid === undefined && phoneJid !== undefined ? phoneJid : []));
    if (phones.length === 0) return [...users];
    const found = await beforehand(this.live.askAccount(client.resolveUsers(phones)));
    await this.identities.learn(session.id, found);
    const byPhone = new Map(found.map((user) => [user.phoneJid, user]));
    return users.map((user) => (user.lid === undefined ? (byPhone.get(user.phoneJid ?? '') ?? user) : user));
  }
}
