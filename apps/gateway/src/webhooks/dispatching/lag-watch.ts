import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DeliveryLag } from '#store';

const EVERY_MS = 60_000;
const TOLERABLE_MS = 60_000;
const MOST_NAMED = 10;

/** Tells the operator when webhooks are behind. */
@Injectable()
export class LagWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(LagWatch.name);
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(private readonly lag: DeliveryLag) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.looking ??= this.look().finally(() => (this.looking = undefined));
    }, EVERY_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private async look(): Promise<void> {
    try {
      const { unreadMs = 0, late, webhooks, lateMs } = await this.lag.measure(TOLERABLE_MS, MOST_NAMED);
      if (unreadMs > TOLERABLE_MS) {
        this.logger.warn({ msg: 'events are not handed out to webhooks: does a transaction not end?', unreadMs });
      }
      if (late > 0) {
        this.logger.warn({ msg: 'active webhooks wait for events', webhooks: late, longest: webhooks, lateMs });
      }
    } catch (error) {
      this.logger.warn({ msg: 'it is not known whether webhooks are behind', err: error });
    }
  }
}
