import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { JwksKeys, JwksUnavailableError } from './jwks-keys.js';

const MINUTE = 60_000;

let server: Server;
let served: unknown;
let requests: number;
let keys: JwksKeys;

function jwk(kid: string, extra: object = {}): object {
  const { publicKey } = generateKeyPairSync('ed25519');
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', ...extra };
}

/** Lets time pass for the age of keys and the budget; sockets go on as ever. */
function pass(ms: number): void {
  jest.setSystemTime(Date.now() + ms);
}

beforeEach(async () => {
  jest.useFakeTimers({
    doNotFake: [
      'nextTick',
      'setImmediate',
      'setTimeout',
      'setInterval',
      'clearTimeout',
      'clearInterval',
      'performance',
      'queueMicrotask',
    ],
  });
  requests = 0;
  served = { keys: [jwk('one')] };
  server = createServer((_, response) => {
    requests += 1;
    response.statusCode = served === undefined ? 500 : 200;
    response.end(JSON.stringify(served ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  keys = new JwksKeys(`http://127.0.0.1:${port}/jwks`, pino({ level: 'silent' }));
});

afterEach(async () => {
  jest.useRealTimers();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('JwksKeys', () => {
  it('fetches the keys once, however many ask', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => keys.find('one')));
    expect(found.every((key) => key?.key.asymmetricKeyType === 'ed25519')).toBe(true);
    await keys.find('one');
    expect(requests).toBe(1);
  });

  it('tells which algorithm a key is for, where the key says', async () => {
    served = { keys: [jwk('one', { alg: 'EdDSA' }), jwk('two')] };
    expect(await keys.find('one')).toMatchObject({ alg: 'EdDSA' });
    expect((await keys.find('two'))?.alg).toBeUndefined();
  });

  it('finds a key that was added after a rotation', async () => {
    await keys.find('one');
    served = { keys: [jwk('two')] };
    expect(await keys.find('two')).toBeDefined();
    expect(await keys.find('one')).toBeUndefined();
  });

  it('fetches for made-up key ids within a bound, and known keys go on working', async () => {
    await keys.find('one');
    for (let id = 0; id < 100; id++) expect(await keys.find(`made-up-${id}`)).toBeUndefined();
    expect(requests).toBeLessThanOrEqual(5);
    expect(await keys.find('one')).toBeDefined();
  });

  it('finds a new key soon even while made-up key ids use up the bound', async () => {
    await keys.find('one');
    for (let id = 0; id < 100; id++) await keys.find(`made-up-${id}`);
    served = { keys: [jwk('two')] };
    pass(6_100);
    await keys.find('made-up');
    expect(await keys.find('two')).toBeDefined();
  });

  it('looks for withdrawn keys every ten minutes, in the background', async () => {
    await keys.find('one');
    served = { keys: [jwk('two')] };
    pass(10 * MINUTE);
    expect(await keys.find('one')).toBeDefined();
    while (requests < 2) await new Promise(setImmediate);
    await keys.find('two');
    expect(await keys.find('one')).toBeUndefined();
  });

  it('cannot say anything of a key while none can be fetched', async () => {
    served = undefined;
    await expect(keys.find('one')).rejects.toThrow(JwksUnavailableError);
  });

  it('keeps known keys for an hour while none can be fetched, and no longer', async () => {
    await keys.find('one');
    served = undefined;
    pass(59 * MINUTE);
    expect(await keys.find('one')).toBeDefined();
    pass(2 * MINUTE);
    await expect(keys.find('one')).rejects.toThrow(JwksUnavailableError);
  });

  it.each([[{}], [{ keys: [] }], [{ keys: [{ kty: 'oct', k: 'AA', kid: 'one' }] }], ['text'], [null]])(
    'takes %p for no keys at all',
    async (document) => {
      served = document === null ? undefined : document;
      await expect(keys.find('one')).rejects.toThrow(JwksUnavailableError);
    },
  );
});
