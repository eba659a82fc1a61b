import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import type { VersionedRead } from '#http';
import { MemberRepository, type PageRequest } from '#store';

/** The stored members of a group as they are shown. */
@Injectable()
export class MemberReads {
  constructor(private readonly members: MemberRepository) {}

  list({ scope }: Principal, sessionId: string, groupJid: string, page: PageRequest): VersionedRead {
    return {
      kind: 'members',
      key: `${sessionId} ${groupJid} ${page.limit} ${page.cursor}`,
      version: () => this.members.listVersion(scope, sessionId, groupJid, page),
      read: () => this.members.listVersioned(scope, sessionId, groupJid, page),
    };
  }
}
