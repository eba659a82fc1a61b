import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import type { VersionedRead } from '#http';
import { GroupRepository, type PageRequest } from '#store';
import { toGroupDto } from './groups.dto.js';

/** The stored groups as they are shown. */
@Injectable()
export class GroupReads {
  constructor(private readonly groups: GroupRepository) {}

  list({ scope }: Principal, sessionId: string, page: PageRequest): VersionedRead {
    return {
      kind: 'groups',
      key: `${sessionId} ${page.limit} ${page.cursor}`,
      version: () => this.groups.listVersion(scope, sessionId, page),
      read: async () => {
        const { version, value } = await this.groups.listVersioned(scope, sessionId, page);
        return { version, value: { data: value.data.map(toGroupDto), nextCursor: value.nextCursor } };
      },
    };
  }

  one({ scope }: Principal, sessionId: string, groupJid: string): VersionedRead {
    return {
      kind: 'group',
      key: `${sessionId} ${groupJid}`,
      version: () => this.groups.version(scope, sessionId, groupJid),
      read: async () => {
        const { version, value } = await this.groups.getVersioned(scope, sessionId, groupJid);
        return { version, value: toGroupDto(value) };
      },
    };
  }
}
