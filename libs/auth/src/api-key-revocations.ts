import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { API_KEYS_CHANNEL, ApiKeyRepository, Wakeups } from '#store';

/** While nobody tells of them: with the half second until that is noticed, a revocation is known within one. */
const LOOK_MS = 450;

/** Tells of api-keys that were revoked, in whichever process, to those to whom they gave something that goes on. */
@Injectable()
export class ApiKeyRevocations implements BeforeApplicationShutdown {
  private readonly logger = new Logger(ApiKeyRevocations.name);
  private readonly watched = new Map<string, Set<() => void>>();
  /** Of these it has to be asked whether they still are. */
  private readonly unsure = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private looking: Promise<void> | undefined;
  private hasFailed = false;

  constructor(
    private readonly wakeups: Wakeups,
    private readonly apiKeys: ApiKeyRepository,
  ) {}

  /**
   * Calls `revoked` once, within a second of the key's end while the database answers: at once as a rule, and soon when
   * the key is gone already. Returns how to take it out again.
   */
  watch(keyId: string, revoked: () => void): () => void {
    this.begin();
    const watchers = this.watched.get(keyId) ?? new Set();
    // One function may be given twice.
    const watcher = (): void => revoked();
    this.watched.set(keyId, watchers.add(watcher));
    this.look([keyId]);
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.watched.get(keyId) === watchers) this.watched.delete(keyId);
    };
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening?.();
    this.watched.clear();
    await this.looking;
  }

  private begin(): void {
    this.stopListening ??= this.wakeups.on(API_KEYS_CHANNEL, (keyId) => {
      if (keyId === '') this.look(this.watched.keys());
      else this.revoke(keyId);
    });
    this.timer ??= setInterval(() => this.look(this.wakeups.isListening ? [] : this.watched.keys()), LOOK_MS).unref();
  }

  private look(keyIds: Iterable<string>): void {
    for (const keyId of keyIds) this.unsure.add(keyId);
    if (this.unsure.size > 0) this.looking ??= this.lookUntilSure().finally(() => (this.looking = undefined));
  }

  private async lookUntilSure(): Promise<void> {
    // Many may come at once: one statement for all of them.
    await new Promise(setImmediate);
    while (this.unsure.size > 0) {
      const asked = [...this.unsure];
      this.unsure.clear();
      try {
        const existing = new Set(await this.apiKeys.existing(asked));
        for (const keyId of asked) if (!existing.has(keyId)) this.revoke(keyId);
        this.hasFailed = false;
      } catch (error) {
        for (const keyId of asked) this.unsure.add(keyId);
        if (!this.hasFailed) this.logger.warn({ msg: 'api-keys could not be looked up; trying again', err: error });
        this.hasFailed = true;
        // The timer asks again.
        return;
      }
    }
  }

  private revoke(keyId: string): void {
    const watchers = this.watched.get(keyId);
    this.watched.delete(keyId);
    for (const watcher of watchers ?? []) {
      try {
        watcher();
      } catch (error) {
        this.logger.error({ msg: 'the revocation of an api-key was not taken in', keyId, err: error });
      }
    }
  }
}
