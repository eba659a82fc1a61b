import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import { nameResolver } from './resolve-name.js';
import { DnsServer } from './spec-support/dns-server.js';

/** More than the process has threads to ask the machine with. */
const SILENT = Array.from({ length: 8 }, (_, n) => `silent${n}.example`);

describe('a name', () => {
  let server: DnsServer;
  beforeEach(async () => {
    server = await DnsServer.start({
      'both.example': ['2606:4700:4700::1111', '1.1.1.1', '1.0.0.1'],
      'four.example': ['1.1.1.1'],
      'six.example': ['2606:4700:4700::1111'],
      'empty.example': [],
      'evil.localhost': ['10.0.0.1'],
      ...Object.fromEntries(SILENT.map((name) => [name, 'silence' as const])),
    });
  });
  afterEach(() => server.stop());

  const resolver = (ownNames = false) => nameResolver({ ownNames, servers: [server.authority] });

  it('leads to its addresses of both kinds, IPv4 first', async () => {
    expect(await resolver()('both.example')).toEqual([
      { address: '1.1.1.1', family: 4 },
      { address: '1.0.0.1', family: 4 },
      { address: '2606:4700:4700::1111', family: 6 },
    ]);
  });

  it.each([
    ['four.example', { address: '1.1.1.1', family: 4 }],
    ['six.example', { address: '2606:4700:4700::1111', family: 6 }],
  ])('may have one kind alone: %s', async (name, address) => {
    expect(await resolver()(name)).toEqual([address]);
  });

  it('whose servers are silent holds up no other, nor what else the process asks the machine', async () => {
    const resolve = resolver(true);
    const silent = SILENT.map((name) => resolve(name).catch(({ code }: NodeJS.ErrnoException) => code));
    const quick = Promise.all([resolve('four.example'), lookup('localhost')]);
    expect(await Promise.race([quick.then(() => 'the others'), ...silent])).toBe('the others');
    expect(await Promise.all(silent)).toEqual(SILENT.map(() => 'ETIMEOUT'));
  });

  it('is loopback when it is localhost, whatever DNS says', async () => {
    const loopback = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ];
    for (const name of ['localhost', 'LOCALHOST.', 'evil.localhost']) expect(await resolver()(name)).toEqual(loopback);
  });

  it.each([
    ['nobody.example', 'ENOTFOUND'],
    ['empty.example', 'ENODATA'],
  ])('that DNS does not know leads nowhere: %s', async (name, code) => {
    await expect(resolver()(name)).rejects.toMatchObject({ code });
    await expect(resolver(true)(name)).rejects.toMatchObject({ syscall: 'getaddrinfo' });
  });

  it('of the machine itself leads where the machine says, where such names may be', async () => {
    await expect(resolver()(hostname())).rejects.toMatchObject({ code: 'ENOTFOUND' });
    const [ours, theirs] = await Promise.allSettled([resolver(true)(hostname()), lookup(hostname(), { all: true })]);
    expect(ours).toEqual(theirs);
  });
});
