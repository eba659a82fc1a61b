import { Injectable } from '@nestjs/common';
import { IdentityRepository } from '#store';
import { united, type Person } from './people.js';

/** Tells who of those named is the same person, as far as it is known. */
@Injectable()
export class KnownPeople {
  constructor(private readonly identities: IdentityRepository) {}

  /** Looks nothing up where all go by the same kind of address: no two of them can be one. */
  async unite(sessionId: string, people: readonly Person[]): Promise<readonly Person[]> {
    const byLid = people.filter(({ user }) => user.lid !== undefined).length;
    if (byLid === 0 || byLid === people.length) return people;
    const named = people.map(({ user }) => user);
    return united(people, await this.identities.resolve(sessionId, named));
  }
}
