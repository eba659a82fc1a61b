import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedDatabase } from '#store';
import { Gateway } from './gateway.js';
import { Program } from './program.js';
import { SeededDatabase } from './seeded-database.js';
import { SimulatorProcess } from './simulator.js';
import { freePort } from './wait.js';

const BUILT = join(import.meta.dirname, '..', '..');
const MAX_CONNECTIONS = 100;

export interface GatewayOptions {
  database: SeededDatabase;
  simulator: SimulatorProcess;
  /** For Node itself. */
  nodeOptions?: readonly string[];
  environment?: Readonly<Record<string, string>>;
}

/** Where figures are measured: one PostgreSQL, a folder for everything, and the processes that a figure asks for. */
export class Lab {
  private readonly programs: Program[] = [];
  private readonly databases: SeededDatabase[] = [];
  private readonly credentialsKey = randomBytes(32);
  private files = 0;

  private constructor(
    private readonly folder: string,
    private readonly server: EmbeddedDatabase,
  ) {}

  static async open(): Promise<Lab> {
    const folder = await mkdtemp(join(tmpdir(), 'whats-gateway-bench-'));
    // PostgreSQL may run as another user.
    await chmod(folder, 0o755);
    const server = await EmbeddedDatabase.start(join(folder, 'server'), () => undefined, {
      maxConnections: MAX_CONNECTIONS,
    });
    return new Lab(folder, server);
  }

  /** An empty database with our schema. */
  async database(): Promise<SeededDatabase> {
    const name = `bench_${randomBytes(6).toString('hex')}`;
    const admin = new pg.Client({ connectionString: this.server.url });
    await admin.connect();
    await admin.query(`create database ${name}`).finally(() => admin.end());
    const url = new URL(this.server.url);
    url.pathname = `/${name}`;
    const database = await SeededDatabase.open(url.href, this.credentialsKey);
    this.databases.push(database);
    return database;
  }

  async simulator(): Promise<SimulatorProcess> {
    const main = join(BUILT, 'apps', 'simulator', 'src', 'main.js');
    const args = [main, '--port', '0', '--control-port', '0'];
    return this.keep(await SimulatorProcess.start({ command: process.execPath, args, output: this.file('log') }));
  }

  async gateway({ database, simulator, nodeOptions = [], environment }: GatewayOptions): Promise<Gateway> {
    const port = await freePort();
    const options = {
      command: process.execPath,
      args: [...nodeOptions, join(BUILT, 'apps', 'gateway', 'src', 'main.js')],
      environment: {
        PORT: String(port),
        DATA_DIR: this.folder,
        DATABASE_URL: database.url,
        // Counted as always, and never reached.
        RATE_LIMIT_PER_MINUTE: '999999999',
        CREDENTIALS_KEY: this.credentialsKey.toString('base64'),
        WHATSAPP_URL: simulator.url,
        WHATSAPP_ROOT_KEY: simulator.rootKey,
        ...environment,
      },
      output: this.file('log'),
    };
    return this.keep(new Gateway(options, `http://127.0.0.1:${port}`, database.apiKey));
  }

  /** One of the benchmark's own programs, which takes `parameters` as JSON. */
  helper(name: string, parameters: object): Program {
    const args = [join(import.meta.dirname, `${name}.js`), JSON.stringify(parameters)];
    return this.keep(new Program({ command: process.execPath, args, output: this.file('log') }));
  }

  /** Any other program. */
  program(command: string, args: readonly string[], environment: Readonly<Record<string, string>>): Program {
    return this.keep(new Program({ command, args, environment, output: this.file('log') }));
  }

  /** A path that nothing is at. */
  file(extension: string): string {
    return join(this.folder, `${++this.files}.${extension}`);
  }

  /** A new folder that PostgreSQL can keep its data in. */
  async dataFolder(): Promise<string> {
    const path = this.file('data');
    await mkdir(path, { mode: 0o755 });
    return path;
  }

  /** Ends every process of the figure that is over. */
  async tidy(): Promise<void> {
    await Promise.all(this.programs.splice(0).map((program) => program.end()));
    await Promise.all(this.databases.splice(0).map((database) => database.close()));
  }

  async close(): Promise<void> {
    await this.tidy();
    await this.server.stop();
    await rm(this.folder, { recursive: true });
  }

  private keep<P extends Program>(program: P): P {
    this.programs.push(program);
    return program;
  }
}
