import { SessionNotConnectedError } from '#whatsapp';
import { untilAborted } from './until-aborted.js';

/** Whether, and until when, a device can be linked on a connection: not known before WhatsApp has said so. */
export class Pairable {
  private settle: { resolve: (endsAt: number) => void; reject: (error: Error) => void };
  private readonly known: Promise<number>;

  /** `ending`: fires when the connection ends, and with it every chance. */
  constructor(private readonly ending: AbortSignal) {
    this.known = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    // Nobody may ever ask.
    this.known.catch(() => undefined);
  }

  from(endsAt: number): void {
    this.settle.resolve(endsAt);
  }

  /** A device is linked already. */
  never(): void {
    this.settle.reject(new SessionNotConnectedError('starting'));
  }

  /** Epoch milliseconds. Throws `SessionNotConnectedError` when it will not come to that. */
  until(): Promise<number> {
    return untilAborted(this.known, this.ending, () => new SessionNotConnectedError('starting'));
  }
}
