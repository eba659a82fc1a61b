import type { CloseReason } from './close-reason.js';
import type { StreamChannel } from './stream-channel.js';

const BEAT_MS = 15_000;
const STALLED_MS = 30_000;

/** Looks after one stream while nothing happens in it. */
export class StreamPulse {
  private beatAt = performance.now();
  private movedAt = performance.now();
  private taken = 0;

  constructor(
    private readonly channel: StreamChannel,
    /** Epoch milliseconds at which its credential ends. */
    private readonly validUntil = Infinity,
  ) {}

  /** To be called several times a second. Answers why the stream has to end. */
  check(): CloseReason | undefined {
    if (this.validUntil <= Date.now()) return 'credential_ended';
    const now = performance.now();
    const { backlog, taken } = this.channel;
    if (backlog === 0 || taken !== this.taken) this.movedAt = now;
    this.taken = taken;
    if (now - this.movedAt >= STALLED_MS) return 'slow_reader';
    if (now - this.beatAt >= BEAT_MS) {
      this.beatAt = now;
      this.channel.beat();
    }
    return undefined;
  }
}
