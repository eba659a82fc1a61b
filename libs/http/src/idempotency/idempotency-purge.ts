import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { IdempotencyKeys } from '#store';
import { LOGGER } from '../log.module.js';

const EVERY_MS = 10 * 60_000;
/** Few enough to hold up nothing else. */
const AT_ONCE = 1_000;

/** Removes what is remembered of requests once nobody may ask for it any more. */
@Injectable()
export class IdempotencyPurge implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private purging: Promise<void> = Promise.resolve();

  constructor(
    private readonly keys: IdempotencyKeys,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.purging = this.purging.then(() => this.purge());
    }, EVERY_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.purging;
  }

  /** Goes on until less than a batch is left. */
  private async purge(): Promise<void> {
    try {
      while (this.timer && (await this.keys.purge(AT_ONCE)) === AT_ONCE);
    } catch (error) {
      this.logger.warn({ err: error }, 'expired idempotency keys remain stored for now');
    }
  }
}
