import { setTimeout as delay } from 'node:timers/promises';
import { Program } from '../support/program.js';

const READY_MS = 40_000;
const OUSTED_MS = 30_000;

/** The gateway, in one process after another. What is done to it is done one thing after the other. */
export class GatewayProcess {
  /** What went wrong with a process that nobody had killed. */
  readonly deaths: string[] = [];
  kills = 0;
  private readonly printed: Program[] = [];
  private readonly outages: { from: number; to: number }[] = [];
  private tail: Promise<void> = Promise.resolve();
  private current?: { program: Program; url: string };
  private isWanted = true;

  constructor(private readonly environment: () => Record<string, string>) {}

  /** Where it listens; while it is down, where it did. */
  get url(): string {
    if (this.current === undefined) throw new Error('the gateway was never started');
    return this.current.url;
  }

  /** All that its processes have printed. */
  get output(): string {
    return this.printed.map(({ stdout, stderr }) => stdout + stderr).join('');
  }

  /** Whether it was down, or about to be, at some time between the two (`performance.now()`). */
  wasDown(from: number, to: number): boolean {
    return this.outages.some((outage) => outage.from <= to && outage.to >= from);
  }

  start(): Promise<void> {
    return this.alone(() => this.launch());
  }

  kill(): Promise<void> {
    return this.alone(() =>
      this.away(async () => {
        await this.end('SIGKILL');
        await this.launch();
      }),
    );
  }

  freeze(ms: number): Promise<void> {
    return this.alone(async () => {
      this.current?.program.kill('SIGSTOP');
      await delay(ms);
      this.current?.program.kill('SIGCONT');
    });
  }

  /** `meanwhile`, that is while it stands still, another process can take the database over. The first must give way. */
  takeover(meanwhile: () => Promise<void>): Promise<void> {
    return this.alone(() =>
      this.away(async () => {
        const frozen = this.current?.program;
        frozen?.kill('SIGSTOP');
        await meanwhile();
        if (frozen !== undefined) this.expected.add(frozen);
        await this.launch();
        frozen?.kill('SIGCONT');
        const late = new AbortController();
        const code = await Promise.race([frozen?.exit(), delay(OUSTED_MS, 'late', { signal: late.signal })]);
        late.abort();
        if (code !== 'late') return;
        this.deaths.push('a process whose database was taken over went on running');
        frozen?.kill('SIGKILL');
      }),
    );
  }

  async stop(): Promise<void> {
    this.isWanted = false;
    await this.alone(() => this.end('SIGKILL'));
  }

  private readonly expected = new Set<Program>();

  private async end(signal: NodeJS.Signals): Promise<void> {
    const program = this.current?.program;
    if (program === undefined) return;
    this.expected.add(program);
    this.kills += 1;
    program.kill(signal);
    await program.exit();
  }

  private async away(work: () => Promise<void>): Promise<void> {
    const outage = { from: performance.now(), to: Infinity };
    this.outages.push(outage);
    try {
      await work();
    } finally {
      outage.to = performance.now();
    }
  }

  /** As whoever runs a service does: one that cannot start, for its database is away, is started again. */
  private async launch(): Promise<void> {
    const deadline = Date.now() + READY_MS;
    for (;;) {
      const program = Program.start('main', this.environment());
      this.printed.push(program);
      const url = await ready(program, deadline);
      if (url === undefined) {
        if (Date.now() > deadline) throw new Error(`the gateway does not start: ${program.stderr.slice(-2_000)}`);
        await delay(200);
        continue;
      }
      this.current = { program, url };
      void this.mourn(program);
      return;
    }
  }

  private async mourn(program: Program): Promise<void> {
    const code = await program.exit();
    if (this.expected.has(program)) return;
    this.deaths.push(`exit code ${code}: ${(program.stderr || program.stdout).slice(-2_000)}`);
    if (this.isWanted) await this.alone(() => this.away(() => this.launch()));
  }

  private alone(work: () => Promise<void>): Promise<void> {
    const result = this.tail.then(work);
    this.tail = result.catch(() => undefined);
    return result;
  }
}

/** Its address; `undefined` when it ended, or when it is too late. */
async function ready(program: Program, deadline: number): Promise<string | undefined> {
  let ended = false;
  void program.exit().then(() => (ended = true));
  while (!ended && Date.now() < deadline) {
    const url = /listens on (\S+)/.exec(program.stdout)?.[1];
    if (url !== undefined) return url;
    await delay(20);
  }
  program.kill('SIGKILL');
  return undefined;
}
