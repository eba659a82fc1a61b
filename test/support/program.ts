import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from './eventually.js';

const BUILT = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'gateway', 'src');

type ProgramName = 'main' | 'keys-cli' | `commands/${string}-cli`;

/** One of the gateway's programs, as built, in a process of its own. */
export class Program {
  stdout = '';
  stderr = '';
  private readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = once(child, 'close');
  }

  /** `environment` is all of the gateway's configuration. */
  static start(name: ProgramName, environment: Record<string, string>, ...args: string[]): Program {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, ...environment };
    return new Program(spawn(process.execPath, [join(BUILT, `${name}.js`), ...args], { env, stdio: 'pipe' }));
  }

  /** A gateway on `databaseUrl` that trusts a local WhatsApp, on any free port. */
  static gateway(
    databaseUrl: string,
    { url, rootKey }: { url: string; rootKey: string },
    more: Record<string, string> = {},
  ): Program {
    return Program.start('main', {
      PORT: '0',
      DATABASE_URL: databaseUrl,
      CREDENTIALS_KEY: Buffer.alloc(32, 7).toString('base64'),
      WHATSAPP_URL: url,
      WHATSAPP_ROOT_KEY: rootKey,
      RATE_LIMIT_PER_MINUTE: '0',
      ...more,
    });
  }

  /** The address that it prints once it is ready. */
  async url(): Promise<string> {
    return eventually(() => {
      const url = /listens on (\S+)/.exec(this.stdout)?.[1];
      if (url === undefined) throw new Error(`not ready: ${this.stderr}`);
      return url;
    }, 20_000);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** The exit code; `null` when a signal ended it. */
  async exit(): Promise<number | null> {
    await this.ended;
    return this.child.exitCode;
  }
}
