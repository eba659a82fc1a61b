import { realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holderOf } from '../process-lock/lock-holder.js';
import { readClusterFile, writeClusterFile, type ClusterFile } from './cluster-file.js';
import { createCluster, hasCluster } from './create-cluster.js';
import { EmbeddedDatabaseError } from './embedded-database.error.js';
import { ensureDatabase, tryLogin, urlOf, withClient } from './login.js';
import { openFolder } from './open-folder.js';
import { freePort, isFree } from './port.js';
import { binariesFor, locateNative } from './postgres-binaries.js';
import { isAlive, isAnotherProgram, readPostmasterFile } from './postmaster-file.js';
import { chooseUser } from './run-as.js';
import { spawnServer, stopServer, type ServerStart } from './server-process.js';

export interface EmbeddedDatabaseOptions {
  /** 50 unless given. */
  maxConnections?: number;
  /** How long a server may take to become ready, recovery after a crash included; 60 s unless given. */
  startTimeoutMs?: number;
  /** For root alone: where programs and data go that the user of PostgreSQL could not reach otherwise. */
  sharedDir?: string;
  /** Where PostgreSQL's own files are; found among the installed packages unless given. */
  nativeDir?: string;
}

const SHARED_DIR = '/var/lib/whats-gateway';
const START_TRIES = 5;
/** Reasons that pass: another start was faster, the port was taken, or children of a killed server are still ending. */
const PASSING = /lock file .* already exists|could not bind|could not create any TCP|pre-existing shared memory/;

/**
 * A PostgreSQL of our own in `<dataDir>/postgres`, on the loopback interface. It outlives a gateway that is killed; the
 * next start recognises it and goes on using it.
 */
export class EmbeddedDatabase {
  private constructor(
    readonly url: string,
    /** `adopted`: it was running already. */
    readonly startedBy: 'us' | 'adopted',
    readonly pid: number,
    private readonly data: string,
  ) {}

  /** Throws `EmbeddedDatabaseError`, whose message an operator can act on. */
  static async start(
    dataDir: string,
    log: (message: string) => void,
    options: EmbeddedDatabaseOptions = {},
  ): Promise<EmbeddedDatabase> {
    await openFolder(dataDir);
    const sharedDir = options.sharedDir ?? SHARED_DIR;
    const nativeDir = options.nativeDir ?? locateNative();
    if (!(await hasCluster(dataDir))) {
      const user = await chooseUser();
      const { initdb } = await binariesFor(nativeDir, user, sharedDir, log);
      await createCluster({ dataDir, initdb, user, sharedDir, log });
    }
    const home = await realpath(join(dataDir, 'postgres'));
    const user = await chooseUser(join(home, 'data'));
    const { postgres } = await binariesFor(nativeDir, user, sharedDir, log);
    const maxConnections = options.maxConnections ?? 50;
    const deadline = Date.now() + (options.startTimeoutMs ?? 60_000);
    return launch({ postgres, home, user, maxConnections }, deadline, log);
  }

  /** Stops the server, unless another gateway process is using it. Safe to call twice. */
  async stop(): Promise<'stopped' | 'in use'> {
    if ((await readPostmasterFile(this.data))?.pid !== this.pid || !isAlive(this.pid)) return 'stopped';
    const holder = await withClient(this.url, holderOf);
    if (holder && !holder.isThisProcess) return 'in use';
    await stopServer(this.pid, this.data);
    return 'stopped';
  }

  /** For `launch` alone. */
  static of(cluster: ClusterFile, startedBy: 'us' | 'adopted', pid: number, data: string): EmbeddedDatabase {
    return new EmbeddedDatabase(urlOf(cluster), startedBy, pid, data);
  }
}

async function launch(
  server: Omit<ServerStart, 'port'>,
  deadline: number,
  log: (message: string) => void,
): Promise<EmbeddedDatabase> {
  const data = await realpath(join(server.home, 'data'));
  let said = '';
  for (let tries = 0; tries < START_TRIES; tries++) {
    const cluster = await readClusterFile(server.home);
    const running = await findRunning(cluster, data, deadline);
    if (running !== undefined) {
      log(`adopting the embedded database that is running already (process ${running})`);
      await ensureDatabase(cluster);
      return EmbeddedDatabase.of(cluster, 'adopted', running, data);
    }
    if (!(await isFree(cluster.port))) {
      cluster.port = await freePort();
      await writeClusterFile(server.home, cluster);
    }
    const { pid, ended } = await spawnServer({ ...server, port: cluster.port });
    const failure = await Promise.race([ended, ready(cluster, data, pid, deadline).then(() => undefined)]);
    if (failure === undefined && isAlive(pid)) {
      await ensureDatabase(cluster);
      return EmbeddedDatabase.of(cluster, 'us', pid, data);
    }
    said = failure ?? (await ended);
    // Another process started it, or took the port, between our look and our start: look again.
    if (!PASSING.test(said)) break;
    await sleep(200);
  }
  throw new EmbeddedDatabaseError(`the embedded database does not start: ${said} (log: ${server.home}/server.log)`);
}

/** The process of the server that runs on `data` already, ready to be used; `undefined` when there is none. */
async function findRunning(cluster: ClusterFile, data: string, deadline: number): Promise<number | undefined> {
  for (;;) {
    const file = await readPostmasterFile(data);
    if (!file || !isAlive(file.pid)) return undefined;
    if (await isAnotherProgram(file.pid, data)) {
      // Left by a server that was killed. PostgreSQL itself would take the other program for that server.
      await rm(join(data, 'postmaster.pid'), { force: true });
      return undefined;
    }
    cluster.port = file.port;
    const login = await tryLogin(cluster, data);
    if (login === 'ours') return file.pid;
    if (login === 'foreign' || Date.now() > deadline) {
      throw new EmbeddedDatabaseError(
        `process ${file.pid} claims the data folder ${data} and ` +
          (login === 'foreign' ? 'does not accept our password' : `does not answer on port ${file.port}`) +
          '. If it is a PostgreSQL of an earlier start, stop it; it is left alone here.',
      );
    }
    await sleep(30);
  }
}

/** Resolves once the server that we started answers, or has ended; rejects when neither comes in time. */
async function ready(cluster: ClusterFile, data: string, pid: number, deadline: number): Promise<void> {
  while (isAlive(pid) && (await tryLogin(cluster, data)) !== 'ours') {
    if (Date.now() > deadline) {
      await stopServer(pid, data);
      throw new EmbeddedDatabaseError('the embedded database did not become ready in time and was stopped again');
    }
    await sleep(15);
  }
}
