import { answers, call, send, type Answer } from './http.js';
import { Program, type ProgramOptions } from './program.js';
import { until } from './wait.js';

/** A gateway that was just started, in a process of its own. */
export class Gateway extends Program {
  constructor(
    options: ProgramOptions,
    readonly url: string,
    private readonly apiKey: string,
  ) {
    super(options);
  }

  /** Milliseconds from its start to the first 200 of `/readyz`. */
  async ready(): Promise<number> {
    await until(
      'ready',
      async () => {
        this.assertRunning();
        return (await answers(`${this.url}/readyz`)) || undefined;
      },
      { everyMs: 5 },
    );
    return performance.now() - this.startedAt;
  }

  /** `path` after `/api/v1`. Throws unless the answer is a success. */
  call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return call<T>(method, `${this.url}/api/v1${path}`, { token: this.apiKey, body });
  }

  /** As `call`, with any answer. */
  send(method: string, path: string, body?: unknown): Promise<Answer> {
    return send(method, `${this.url}/api/v1${path}`, { token: this.apiKey, body });
  }

  async sessions(): Promise<SessionView[]> {
    return (await this.call<{ data: SessionView[] }>('GET', '/sessions')).data;
  }

  /** Resolves when `count` sessions have connected since `since` (epoch milliseconds); takes a look every 10 ms. */
  async working(count: number, since: number): Promise<void> {
    await until(
      `${count} sessions working`,
      async () => {
        this.assertRunning();
        const connected = (await this.sessions()).filter(
          (one) => one.status === 'working' && (one.lastConnectedAt ?? 0) >= since,
        );
        return connected.length >= count || undefined;
      },
      { everyMs: 10, timeoutMs: 120_000 },
    );
  }
}

export interface SessionView {
  id: string;
  status: string;
  statusReason?: string;
  lastConnectedAt?: number;
}
