import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { VARIABLES } from '#config';
import { Simulator, populate, type DemoWorld } from '#simulator';
import { GatewayApi } from './gateway-api.js';
import { GatewayProcess } from './gateway-process.js';
import { linkDemoSession } from './link-demo-session.js';
import { LoginIssuer } from './login-issuer.js';

const ORGANIZATION = 'default';
const ROLES = ['owner', 'admin', 'member', 'super_admin'];
const DEFAULT_PORT = 3000;
const CONTROL_PORT = 3101;
const KEY_NAME = 'demo';
/** Never that of a gateway: WhatsApp would not know its accounts here, and they would count as unlinked. */
const DATA_DIR = './.demo';

const say = (line = ''): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const port = await free(Number(process.env['PORT'] ?? DEFAULT_PORT));
  const url = `http://127.0.0.1:${port}`;
  const [simulator, issuer] = await Promise.all([
    Simulator.start({ controlPort: await free(CONTROL_PORT).catch(() => 0) }),
    LoginIssuer.start(),
  ]);
  const world = populate(simulator);
  const gateway = new GatewayProcess(url, environment(port, simulator, issuer), say);
  const stop = async (): Promise<void> => {
    await gateway.stop();
    await simulator.stop();
    issuer.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
  try {
    await gateway.start();
    const owner = new GatewayApi(url, await issuer.token('owner', ORGANIZATION));
    const session = await linkDemoSession(owner, world.main);
    const secret = await makeApiKey(owner);
    await introduce({ url, session, secret, gateway, simulator, world, issuer });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The demo's alone: what is set for a real gateway, its database above all, means nothing here. */
function environment(port: number, simulator: Simulator, issuer: LoginIssuer): Record<string, string> {
  return {
    ...Object.fromEntries(VARIABLES.map(({ name }) => [name, ''])),
    PORT: String(port),
    HOST: '127.0.0.1',
    DATA_DIR,
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
    WHATSAPP_URL: simulator.url,
    WHATSAPP_ROOT_KEY: simulator.rootKey,
    ...issuer.environment,
  };
}

/** One key, however often the demo was started. */
async function makeApiKey(api: GatewayApi): Promise<string> {
  const { data } = await api.call<{ data: { id: string; name: string }[] }>('GET', '/api-keys');
  for (const { id } of data.filter(({ name }) => name === KEY_NAME)) await api.call('DELETE', `/api-keys/${id}`);
  const key = { name: KEY_NAME, capabilities: ['read', 'send', 'manage', 'events'] };
  return (await api.call<{ secret: string }>('POST', '/api-keys', key)).secret;
}

interface Demo {
  url: string;
  session: string;
  secret: string;
  gateway: GatewayProcess;
  simulator: Simulator;
  world: DemoWorld;
  issuer: LoginIssuer;
}

async function introduce({ url, session, secret, gateway, simulator, world, issuer }: Demo): Promise<void> {
  const { numbers, requesters, invites, groups, main } = world;
  say('The demo runs. No phone, no internet: WhatsApp is a simulator on this machine.');
  say();
  say(`Swagger UI     ${url}/docs    (Authorize, paste a token, try any route)`);
  say(`Simulator      ${simulator.controlUrl ?? ''}    (GET / lists what it can do)`);
  say(`Gateway        process ${gateway.pid}    (kill -9 it: it comes back, and so does the session)`);
  say(`Session        ${session}    (linked to ${main.number})`);
  say(`Api-key        ${secret}`);
  say();
  say(`A token for each role of the organization "${ORGANIZATION}", good for a day:`);
  for (const role of ROLES) say(`${role.padEnd(12)} ${await issuer.token(role, ORGANIZATION)}`);
  say();
  say('Groups to try');
  for (const [name, jid] of Object.entries(groups)) say(`${name.padEnd(22)} ${jid}`);
  say();
  say('Numbers to add');
  for (const [name, number] of Object.entries(numbers)) say(`${name.padEnd(22)} ${number}`);
  say();
  say('Numbers that ask to join the group "approval"');
  for (const [name, number] of Object.entries(requesters)) say(`${name.padEnd(22)} ${number}`);
  say();
  say('Invites to join by');
  for (const [name, code] of Object.entries(invites)) say(`${name.padEnd(22)} ${code}`);
  say();
  say('Ctrl-C stops everything.');
}

/** The port, when nobody listens there. */
async function free(port: number): Promise<number> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    throw new Error(`port ${port} is taken; choose another one with PORT`, { cause: error });
  }
  const found = (probe.address() as AddressInfo).port;
  probe.close();
  await once(probe, 'close');
  return found;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
