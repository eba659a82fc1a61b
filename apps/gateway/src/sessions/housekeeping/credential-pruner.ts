import { Injectable, Logger } from '@nestjs/common';
import { CredentialInventory } from '#store';
import { CredentialRetention, type StoredCredential } from '#whatsapp';
import { sizesOf } from './credential-sizes.js';
import type { ConnectedSession } from './pruning-schedule.js';

/** Few enough to keep nobody else waiting. */
const AT_ONCE = 500;

/** Removes the credentials of a session that nothing needs any more, and logs how much it has. */
@Injectable()
export class CredentialPruner {
  private readonly logger = new Logger('Credentials');

  constructor(
    private readonly inventory: CredentialInventory,
    private readonly retention: CredentialRetention,
  ) {}

  /** Throws `LeaseLostError` once the session is somebody else's. */
  async prune({ lease, account }: ConnectedSession): Promise<void> {
    const stored = await this.inventory.list(lease.sessionId);
    const prunable = this.retention.prunable(stored, account);
    const gone = new Set<string>();
    for (let from = 0; from < prunable.length; from += AT_ONCE) {
      const batch = prunable.slice(from, from + AT_ONCE);
      const removed = await this.inventory.remove(lease, batch, this.retention.untouchedMs);
      for (const item of removed) gone.add(placeOf(item));
    }
    this.logger.log({
      msg: 'credentials pruned',
      sessionId: lease.sessionId,
      removed: gone.size,
      before: sizesOf(stored),
      after: sizesOf(stored.filter((item) => !gone.has(placeOf(item)))),
    });
  }
}

function placeOf({ kind, id }: Pick<StoredCredential, 'kind' | 'id'>): string {
  return `${kind}\n${id}`;
}
