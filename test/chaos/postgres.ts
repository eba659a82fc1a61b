import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedDatabase } from '#store';
import { until } from '../../bench/support/wait.js';

/** What PostgreSQL takes for "end now, what is open is rolled back" and for "end as if the power had failed". */
const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** A PostgreSQL that can be struck without harm to other tests, which share theirs. */
export class Postgres {
  private constructor(
    private readonly folder: string,
    private server: EmbeddedDatabase,
  ) {}

  static async start(): Promise<Postgres> {
    const folder = await mkdtemp(join(tmpdir(), 'whats-gateway-chaos-'));
    // PostgreSQL may run as another user than the tests.
    await chmod(folder, 0o755);
    return new Postgres(folder, await launch(folder));
  }

  get url(): string {
    return this.server.url;
  }

  /** Down and up again, at the same address. */
  async restart(how: keyof typeof SIGNALS): Promise<void> {
    const { pid, url } = this.server;
    process.kill(pid, SIGNALS[how]);
    await until('PostgreSQL has ended', () => !isRunning(pid) || undefined);
    this.server = await launch(this.folder);
    if (this.server.url !== url) throw new Error('PostgreSQL came back at another address');
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function launch(folder: string): Promise<EmbeddedDatabase> {
  return EmbeddedDatabase.start(folder, () => undefined, { maxConnections: 60 });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
