import type { Logger } from '@nestjs/common';

const EVERY_MS = 10_000;

/** Says what goes wrong over and over again only now and then, with how often it did meanwhile. */
export class Complaints {
  private readonly said = new Map<string, { at: number; unsaid: number }>();

  constructor(private readonly logger: Logger) {}

  /** `msg` is one of a few texts. */
  about(msg: string, error: unknown): void {
    const now = performance.now();
    const before = this.said.get(msg);
    if (before && now - before.at < EVERY_MS) {
      before.unsaid++;
      return;
    }
    this.said.set(msg, { at: now, unsaid: 0 });
    this.logger.warn({ msg, times: (before?.unsaid ?? 0) + 1, err: error });
  }
}
