import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** How long a process may take to end when asked to. */
const STOP_MS = 15_000;
/** In which Linux tells CPU time, on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProgramOptions {
  command: string;
  args: readonly string[];
  /** All of its environment but `PATH` and `HOME`. */
  environment?: Readonly<Record<string, string>>;
  /** The file that takes what it prints. */
  output: string;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
});

/** A process of its own; none outlives the benchmark. */
export class Program {
  /** By `performance.now()`. */
  readonly startedAt = performance.now();
  private readonly child: ChildProcess;
  readonly ended: Promise<unknown>;

  constructor(private readonly options: ProgramOptions) {
    const { PATH = '', HOME = '' } = process.env;
    const output = openSync(options.output, 'w');
    // A file takes the log at no cost to us; a pipe would have to be read by the process that measures.
    this.child = spawn(options.command, options.args, {
      env: { PATH, HOME, ...options.environment },
      stdio: ['ignore', output, output],
      // A group of its own: what it starts can be ended along with it.
      detached: true,
    });
    closeSync(output);
    running.add(this.child);
    this.ended = once(this.child, 'close').finally(() => running.delete(this.child));
    this.ended.catch(() => undefined);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.options.command} could not be started`);
    return this.child.pid;
  }

  /** What it has printed so far. */
  get output(): string {
    return readFileSync(this.options.output, 'utf8');
  }

  /** Resident memory in MB, as the kernel counts it: now, and the most that there ever was. */
  get residentMemory(): { now: number; most: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
    return { now: field('VmRSS'), most: field('VmHWM') };
  }

  /** CPU that it has used since it started, in seconds: of all its threads, in user and in kernel mode. */
  get cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    // The second field is a name in parentheses, which may hold anything; user and kernel time are the 14th and the 15th.
    const [user, kernel] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(kernel)) / TICKS_PER_SECOND;
  }

  /** Throws what it said last when it is no longer running. */
  assertRunning(): void {
    if (this.child.exitCode === null && this.child.signalCode === null) return;
    throw new Error(`${this.options.args.join(' ')} ended:\n${this.output.slice(-2_000)}`);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.child.kill(signal);
    const late = setTimeout(() => process.kill(-this.pid, 'SIGKILL'), STOP_MS);
    try {
      await this.ended;
    } finally {
      clearTimeout(late);
    }
  }
}
