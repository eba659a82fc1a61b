import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '#config';
import { EventRetention } from '#store';

const EVERY_MS = 60_000;
/** The share by which a pause is longer or shorter, so that processes that started together do not go on together. */
const JITTER = 0.25;
const HOUR_MS = 60 * 60_000;

/** Removes events that are older, or more, than are to be kept. */
@Injectable()
export class EventHousekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Events');
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  constructor(
    private readonly retention: EventRetention,
    @Inject(GATEWAY_CONFIG) private readonly config: Pick<GatewayConfig, 'eventRetention'>,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.round;
  }

  private schedule(): void {
    this.timer = setTimeout(
      () => {
        this.round = this.removeAll().then(() => {
          if (this.timer) this.schedule();
        });
      },
      EVERY_MS * (1 - JITTER + 2 * JITTER * Math.random()),
    );
    this.timer.unref();
  }

  private async removeAll(): Promise<void> {
    const { hours, count } = this.config.eventRetention;
    let removed = 0;
    try {
      const limits = { before: Date.now() - hours * HOUR_MS, upTo: await this.retention.overflow(count) };
      for (let isLast = false; this.timer && !isLast;) {
        const batch = await this.retention.remove(limits);
        removed += batch.removed;
        isLast = batch.isLast;
      }
    } catch (error) {
      this.logger.warn({ msg: 'old events remain stored for now', err: error });
    }
    if (removed > 0) this.logger.log({ msg: 'old events removed', removed });
  }
}
