import { parseArgs } from 'node:util';
import { populate } from './populate.js';
import { Simulator } from './simulator.js';

const USAGE = `A local WhatsApp for trying things out. Nothing of it is kept.

  --port N           where devices connect (3100)
  --host H           at which address (127.0.0.1)
  --control-port N   where the HTTP control API listens (3101); GET / lists what it can do
  --control-host H   at which address (127.0.0.1); whoever reaches it owns this WhatsApp
  --root-seed HEX    32 bytes that the root of the certificate chain is made from (random)
  --seed-world       fill it with accounts and groups
  --help
`;
const SEED = /^[0-9a-f]{64}$/i;
const MAX_PORT = 65_535;

function port(name: string, given: string): number {
  const value = Number(given);
  if (!Number.isInteger(value) || value < 0 || value > MAX_PORT)
    throw new RangeError(`--${name}: ${given} is not a port`);
  return value;
}

function seed(given: string): Uint8Array {
  if (!SEED.test(given)) throw new RangeError('--root-seed: has to be 64 hexadecimal digits');
  return Buffer.from(given, 'hex');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3100' },
      host: { type: 'string', default: '127.0.0.1' },
      'control-port': { type: 'string', default: '3101' },
      'control-host': { type: 'string', default: '127.0.0.1' },
      'root-seed': { type: 'string' },
      'seed-world': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(USAGE);
  const rootSeed = values['root-seed'];
  const simulator = await Simulator.start({
    port: port('port', values.port),
    host: values.host,
    controlPort: port('control-port', values['control-port']),
    controlHost: values['control-host'],
    ...(rootSeed !== undefined && { rootSeed: seed(rootSeed) }),
  });
  const world = values['seed-world'] ? populate(simulator) : undefined;
  const lines = [
    `WHATSAPP_URL=${simulator.url}`,
    `WHATSAPP_ROOT_KEY=${simulator.rootKey}`,
    `control API: ${simulator.controlUrl}`,
    ...(world === undefined ? [] : [`account to link: ${world.main.number}`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void simulator.stop());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
