import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from './api.js';

const EVERY_MS = 300;
/** The longest pause between two attempts that a passing reason may cost, and some for the clocks. */
const LONGEST_PAUSE_MS = 4_000 + 500;
const PASSING = ['reconnecting', 'restart_required'];

export interface SessionView {
  id: string;
  status: string;
  statusReason?: string;
  nextRetryAt?: number;
}

/** Looks at every session all the time, for what must never be seen. */
export class SessionsWatch {
  /** By session, all that it was seen to be: the status, and the reason where there is one. */
  readonly seen = new Map<string, Set<string>>();
  /** By session that was to wait too long for its next attempt: how long, in milliseconds, and why. */
  readonly sluggish = new Map<string, string>();
  private readonly stopping = new AbortController();
  private running?: Promise<void>;

  constructor(private readonly api: Api) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** As they are now; `undefined` when that cannot be read. */
  async look(): Promise<SessionView[] | undefined> {
    const { said, body } = await this.api.ask('listSessions');
    if (said !== '200') return undefined;
    const { data } = body as { data: SessionView[] };
    for (const session of data) this.note(session);
    return data;
  }

  private note({ id, status, statusReason, nextRetryAt = 0 }: SessionView): void {
    const states = this.seen.get(id) ?? new Set();
    this.seen.set(id, states.add([status, statusReason].filter((part) => part !== undefined).join(' ')));
    const wait = nextRetryAt - Date.now();
    if (PASSING.includes(statusReason ?? '') && wait > LONGEST_PAUSE_MS) {
      this.sluggish.set(id, `${wait} ms while ${statusReason}`);
    }
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.look();
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
