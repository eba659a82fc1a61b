import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { ApiKeyRepository } from '#store';

const EVERY_MS = 60_000;
const MOST = 10_000;

/** Keeps `lastUsedAt` of each key, written at most once a minute and never in the way of a request. */
export class ApiKeyUsage {
  private readonly written = new LRUCache<string, true>({ max: MOST, ttl: EVERY_MS });
  private readonly writing = new Set<Promise<void>>();

  constructor(
    private readonly repository: Pick<ApiKeyRepository, 'touch'>,
    private readonly logger: Logger,
  ) {}

  used(id: string): void {
    if (this.written.has(id)) return;
    this.written.set(id, true);
    const writing = this.write(id).finally(() => this.writing.delete(writing));
    this.writing.add(writing);
  }

  /** Resolves when everything is written. */
  async settle(): Promise<void> {
    await Promise.all(this.writing);
  }

  private async write(id: string): Promise<void> {
    try {
      await this.repository.touch(id, Date.now());
    } catch (error) {
      this.written.delete(id);
      this.logger.warn({ err: error, key: id }, 'the last use of an api-key could not be stored');
    }
  }
}
