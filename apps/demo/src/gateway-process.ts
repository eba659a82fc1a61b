import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, '..', '..', 'gateway', 'src', 'main.js');
const READY_DEADLINE_MS = 60_000;
const POLL_MS = 50;

/** A real gateway in a process of its own. One that is killed is started again, so that it can be killed for fun. */
export class GatewayProcess {
  private child?: ChildProcess;
  private stopping = false;

  constructor(
    private readonly url: string,
    private readonly environment: Record<string, string>,
    private readonly say: (line: string) => void,
  ) {}

  /** Resolves when the gateway is ready; throws when it ends before. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.child = child;
    const ended = once(child, 'exit');
    await this.ready(child);
    void ended.then(() => this.startAgain()).catch((error: unknown) => this.say(String(error)));
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  private async startAgain(): Promise<void> {
    if (this.stopping) return;
    this.say('the gateway ended; starting it again');
    await this.start();
    this.say(`the gateway is back (process ${this.pid})`);
  }

  private async ready(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + READY_DEADLINE_MS;
    while (Date.now() < deadline) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('the gateway did not start');
      const ready = await fetch(`${this.url}/readyz`).then(
        (response) => response.ok,
        () => false,
      );
      if (ready) return;
      await delay(POLL_MS);
    }
    throw new Error('the gateway is not ready after a minute');
  }
}
