import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { PortableSession } from '#store';
import { open, seal, takeApart } from './envelope.js';
import { passphraseKey } from './passphrase-key.js';
import { SessionFileError } from './session-file.error.js';
import { openSession, sealSession } from './session-file.js';

const PASSPHRASE = 'correct horse battery staple';
const SESSION: PortableSession = {
  id: '01JD4Z0S3M8Q1V7C5T9B2N6XKR',
  organizationId: 'default',
  label: 'Support desk',
  ratePerMin: 20,
  ratePerHour: 200,
  waJid: '6281234567890@s.whatsapp.net',
  waLid: '199789077627112@lid',
  phoneNumber: '6281234567890',
  credentials: [
    { kind: 'creds', id: '', value: Buffer.from('the private key of a session') },
    { kind: 'pre-key', id: '1', value: Buffer.from([0, 255, 10]) },
    { kind: 'session', id: 'ü.0', value: Buffer.alloc(0) },
  ],
};
const KEY = Buffer.alloc(32, 7);
const SALT = Buffer.alloc(16, 1);
const NONCE = Buffer.alloc(12, 2);
const CONTENT = Buffer.from('what is kept');
/** What these make a file of; the key was checked with another program. */
const FIRST =
  'eyJtYWdpYyI6IndoYXRzLWdhdGV3YXkgc2Vzc2lvbiIsInZlcnNpb24iOjEsImtkZiI6eyJuYW1lIjoic2NyeXB0IiwiTiI6MTMxMDcyLCJyIjo4' +
  'LCJwIjoxLCJzYWx0IjoiQVFFQkFRRUJBUUVCQVFFQkFRRUJBUT09In0sImNpcGhlciI6ImFlcy0yNTYtZ2NtIiwibm9uY2UiOiJBZ0lDQWdJQ0Fn' +
  'SUNBZ0lDIn0K5n0mu3/RVQH2WBSnEzZEw1DvqeTbc0zZDoV/BL5sFs1SA40QeWfC+HP7caQgzauTVmyXBo76eDcQIrea';

/** With a digest that is right again: as somebody would who knows what is checked. */
function changed(file: Buffer, at: number): Buffer {
  const body = Buffer.from(file.subarray(0, -32));
  body[at] = (body[at] ?? 0) ^ 1;
  return withDigest(body);
}

function withDigest(body: Buffer): Buffer {
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

describe('the file of a session', () => {
  it('gives back the session, and never looks alike twice', async () => {
    const [one, other] = [await sealSession(SESSION, PASSPHRASE), await sealSession(SESSION, PASSPHRASE)];
    expect(await openSession(one, PASSPHRASE)).toEqual(SESSION);
    expect(one).not.toEqual(other);
    expect(takeApart(one).salt).not.toEqual(takeApart(other).salt);
    for (const text of [SESSION.id, 'Support', '6281234567890', 'private']) expect(one.includes(text)).toBe(false);
  });

  it('is sealed as the format says, and those of the first gateway stay readable', async () => {
    const key = await passphraseKey(PASSPHRASE, SALT);
    expect(key.toString('hex')).toBe('2008eb8588e8acce8287b8a912776e65063b3d99064e2f868582761e128271d7');
    expect(seal(CONTENT, key, SALT, NONCE).toString('base64')).toBe(FIRST);
    expect(open(takeApart(Buffer.from(FIRST, 'base64')), key)).toEqual(CONTENT);
  });

  it('opens with the passphrase as another keyboard composes its letters', async () => {
    const file = await sealSession(SESSION, 'für den Umzug'.normalize('NFD'));
    expect(await openSession(file, 'für den Umzug'.normalize('NFC'))).toEqual(SESSION);
  });

  it('says that the passphrase is wrong', async () => {
    const file = await sealSession(SESSION, PASSPHRASE);
    for (const wrong of ['', 'correct horse battery stapl', `${PASSPHRASE} `]) {
      await expect(openSession(file, wrong)).rejects.toThrow('the passphrase is wrong');
    }
  });

  it('does not open with any byte of it changed', () => {
    const file = seal(CONTENT, KEY, SALT, NONCE);
    for (let at = 0; at < file.length - 32; at++) {
      expect(() => open(takeApart(changed(file, at)), KEY)).toThrow(SessionFileError);
    }
  });

  it('says that it is damaged when it was not meant to be changed, wherever that was', () => {
    const file = seal(CONTENT, KEY, SALT, NONCE);
    const headerLength = takeApart(file).header.length;
    for (let at = 0; at < file.length; at++) {
      const damaged = Buffer.from(file);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => takeApart(damaged)).toThrow(SessionFileError);
      if (at >= headerLength) expect(() => takeApart(damaged)).toThrow('damaged or was cut off');
    }
  });

  it('says that it is damaged when it was cut off, at whatever length', () => {
    const file = seal(CONTENT, KEY, SALT, NONCE);
    const headerLength = takeApart(file).header.length;
    for (let length = 0; length < file.length; length++) {
      const wrong = length < headerLength ? 'this is no file' : 'damaged or was cut off';
      expect(() => takeApart(file.subarray(0, length))).toThrow(wrong);
    }
    expect(() => takeApart(withDigest(file.subarray(0, headerLength + 15)))).toThrow('damaged or was cut off');
    expect(() => takeApart(Buffer.concat([file, Buffer.from('more')]))).toThrow('damaged or was cut off');
  });

  it.each(['{}', 'null', '[]', '{"magic":"whats-gateway session"}', 'PK'])('is told from another file: %s', (line) => {
    expect(() => takeApart(withDigest(Buffer.from(`${line}\n`)))).toThrow('this is no file of sessions:export');
    expect(() => takeApart(randomBytes(5_000))).toThrow('this is no file of sessions:export');
  });

  it('says that a newer gateway made it', () => {
    const [line = ''] = seal(CONTENT, KEY, SALT, NONCE).toString('latin1').split('\n');
    const header = { ...(JSON.parse(line) as object), version: 2, more: true };
    expect(() => takeApart(Buffer.from(`${JSON.stringify(header)}\n`))).toThrow(/newer gateway.*format 2.*up to 1/);
  });

  it('never makes the reader work harder than it would itself', () => {
    const [line = ''] = seal(CONTENT, KEY, SALT, NONCE).toString('latin1').split('\n');
    const costly = line.replace('131072', '1073741824');
    expect(costly).not.toBe(line);
    expect(() => takeApart(withDigest(Buffer.from(`${costly}\n${'x'.repeat(20)}`)))).toThrow(SessionFileError);
  });

  it.each(['no JSON: a secret', JSON.stringify({ ...SESSION, credentials: 'a secret' })])(
    'with something else in it is refused, without a word of what that is: %s',
    async (content) => {
      const salt = randomBytes(16);
      const file = seal(Buffer.from(content), await passphraseKey(PASSPHRASE, salt), salt, NONCE);
      const refusal = await openSession(file, PASSPHRASE).catch((error: unknown) => error as Error);
      expect(refusal).toBeInstanceOf(SessionFileError);
      expect(inspect(refusal)).not.toContain('secret');
    },
  );
});
