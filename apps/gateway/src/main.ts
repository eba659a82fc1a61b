import { configFromEnvironment, gatewayVersion } from '#config';
import { createLogger } from '#http';
import { guardProcess } from '#whatsapp/baileys';
import { bootFailure } from './boot-failure.js';
import { type RunningGateway, runGateway } from './run-gateway.js';

/** A stop that takes longer than this is not going to end. */
const STOP_DEADLINE_MS = 25_000;
/** Ctrl-C reaches a whole process group, and parents pass it on to their children: all of that is one wish. */
const ONE_WISH_MS = 1_000;

let stopping = false;
let askedAt: number | undefined;

async function main(): Promise<void> {
  const config = configFromEnvironment();
  const logger = createLogger(config);
  guardProcess(logger);
  const starting = runGateway(config, logger, () => void stop(starting, 1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const since = askedAt === undefined ? undefined : Date.now() - askedAt;
      if (since !== undefined && since < ONE_WISH_MS) return;
      logger.info({ signal }, since === undefined ? 'stopping' : 'stopping at once');
      if (since !== undefined) process.exit(1);
      askedAt = Date.now();
      void stop(starting, 0);
    });
  }
  const gateway = await starting;
  logger.info({ url: gateway.url, version: gatewayVersion() }, 'ready');
  process.stdout.write(banner(gateway));
}

/** What the operator reads. The key is shown here, on the terminal, and never in the log. */
function banner({ url, firstKey }: RunningGateway): string {
  const lines = [`WhaTS Gateway ${gatewayVersion()} listens on ${url}`, `Try it at ${url}/docs`];
  if (firstKey !== undefined) {
    lines.push('', 'The api-key of the first owner (organization "default"), shown only now:', '', `  ${firstKey}`, '');
  }
  return `${lines.join('\n')}\n`;
}

async function stop(starting: Promise<RunningGateway>, exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
  try {
    await (await starting).stop();
  } catch (error) {
    fail(error);
  }
  process.exit(exitCode);
}

function fail(error: unknown): never {
  process.stderr.write(`${bootFailure(error)}\n`);
  process.exit(1);
}

main().catch(fail);
