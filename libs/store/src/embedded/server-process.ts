import { spawn } from 'node:child_process';
import { open, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedDatabaseError } from './embedded-database.error.js';
import { isAlive, readPostmasterFile } from './postmaster-file.js';
import type { RunAs } from './run-as.js';

/** Small: a gateway opens some twenty connections and holds little data. Durability stays on. */
function flags(maxConnections: number): string[] {
  return [
    'listen_addresses=127.0.0.1',
    // No socket file: it would clash with other servers in /tmp.
    'unix_socket_directories=',
    `max_connections=${maxConnections}`,
    'shared_buffers=32MB',
    'io_method=sync',
    'max_logical_replication_workers=0',
    'jit=off',
  ].flatMap((flag) => ['-c', flag]);
}

export interface ServerStart {
  postgres: string;
  /** The folder that holds `data` and `server.log`. */
  home: string;
  port: number;
  user: RunAs | undefined;
  maxConnections: number;
}

export interface StartedServer {
  pid: number;
  /** Resolves with the end of the server's log once the process has ended; never rejects. */
  ended: Promise<string>;
}

const NO_WORD = 'it ended without a word';
const LOG_LIMIT = 4 * 1024 * 1024;

/**
 * Starts the server in a process group of its own, so that Ctrl-C in a terminal reaches the gateway alone, which stops
 * the database last. Its log goes to a file: a pipe would end with the gateway, the server need not.
 */
export async function spawnServer({ postgres, home, port, user, maxConnections }: ServerStart): Promise<StartedServer> {
  const logPath = join(home, 'server.log');
  const log = await open(logPath, 'a', 0o600);
  if ((await log.stat()).size > LOG_LIMIT) await truncate(logPath);
  const from = (await stat(logPath)).size;
  try {
    const child = spawn(postgres, ['-D', join(home, 'data'), '-p', String(port), ...flags(maxConnections)], {
      ...user,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    });
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`${postgres} cannot be executed: ${error.message}`));
      child.once('exit', () => {
        readFile(logPath, 'utf8').then(
          (text) => resolve(text.slice(from).trim().slice(-2_000) || NO_WORD),
          (error: Error) => resolve(`${NO_WORD} (${error.message})`),
        );
      });
    });
    child.unref();
    return { pid: child.pid ?? 0, ended };
  } finally {
    await log.close();
  }
}

/** A fast shutdown: open transactions are rolled back, and the data is left clean. */
export async function stopServer(pid: number, data: string, timeoutMs = 30_000): Promise<void> {
  const isDone = async (): Promise<boolean> => !isAlive(pid) || (await readPostmasterFile(data))?.pid !== pid;
  if (await isDone()) return;
  process.kill(pid, 'SIGINT');
  for (const deadline = Date.now() + timeoutMs; !(await isDone()); await sleep(20)) {
    if (Date.now() > deadline) {
      throw new EmbeddedDatabaseError(`PostgreSQL (process ${pid}) did not stop within ${timeoutMs / 1_000} s`);
    }
  }
  // It removes its file last; an adopted one may then wait, as a zombie, for a parent that never asks.
  for (const deadline = Date.now() + 500; isAlive(pid) && Date.now() < deadline;) await sleep(10);
}
