import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'gateway', 'src', 'main.js');

export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A gateway in a process of its own, as an operator runs it: for what only a real process can show. */
export class GatewayProcess {
  /** What the operator sees on the terminal, and what goes to the log. */
  readonly terminal: string[] = [];
  readonly log: string[] = [];
  readonly ended: Promise<ProcessEnd>;
  private readonly ready: Promise<string>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'close').then(([code, signal]) => ({ code, signal }) as ProcessEnd);
    this.ready = new Promise((resolve, reject) => {
      void this.ended.then(() => reject(new Error(`the gateway ended:\n${this.log.join('\n')}`)));
      this.collect(child.stdout, this.terminal, (line) => {
        const url = /listens on (\S+)$/.exec(line)?.[1];
        if (url !== undefined) resolve(url);
      });
      this.collect(child.stderr, this.log);
    });
    this.ready.catch(() => undefined);
  }

  static spawn(environment: Record<string, string>): GatewayProcess {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, PORT: '0', LOG_LEVEL: 'info', ...environment };
    return new GatewayProcess(spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** Its address, once it is ready. */
  url(): Promise<string> {
    return this.ready;
  }

  /** The api-key that an empty database starts with. */
  async firstKey(): Promise<string> {
    await this.ready;
    const key = this.terminal.map((line) => /^\s+(wa_\S+)$/.exec(line)?.[1]).find((found) => found !== undefined);
    if (key === undefined) throw new Error('no api-key was shown');
    return key;
  }

  async end(signal: NodeJS.Signals): Promise<ProcessEnd> {
    this.child.kill(signal);
    return this.ended;
  }

  private collect(stream: ChildProcess['stdout'], into: string[], each?: (line: string) => void): void {
    if (!stream) throw new Error('the output of the gateway is not piped');
    createInterface({ input: stream }).on('line', (line) => {
      into.push(line);
      each?.(line);
    });
  }
}
