import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { aesCtr, agree, encryptGcm, hkdf, newAgreementKey, SigningKey } from '../wire/index.js';
import { CodeExchange } from './pairing-code.js';

const CODE = 'ABCD1234';
const NOTHING = Buffer.alloc(0);

const keyOf = (code: string, salt: Buffer): Buffer => pbkdf2Sync(code, salt, 131_072, 32, 'sha256');

/** The companion's side of the exchange. */
class Companion {
  readonly identity = new SigningKey();
  private readonly ephemeral = newAgreementKey();
  private readonly random = randomBytes(32);

  hello(code = CODE): Buffer {
    const [salt, iv] = [randomBytes(32), randomBytes(16)];
    return Buffer.concat([salt, iv, aesCtr(this.ephemeral.public, keyOf(code, salt), iv)]);
  }

  /** The bundle, and the secret that both sides should have. `shown`: whose identities it speaks of. */
  finish(
    wrapped: Buffer,
    phone: SigningKey,
    shown = [this.identity.public, phone.public],
  ): { bundle: Buffer; secret: Buffer } {
    const key = keyOf(CODE, wrapped.subarray(0, 32));
    const phoneEphemeral = aesCtr(wrapped.subarray(48), key, wrapped.subarray(32, 48));
    const shared = agree(this.ephemeral, phoneEphemeral);
    const [salt, iv] = [randomBytes(32), randomBytes(12)];
    const sealing = hkdf(shared, 32, salt, 'link_code_pairing_key_bundle_encryption_key');
    const bundle = Buffer.concat([salt, iv, encryptGcm(Buffer.concat([...shown, this.random]), sealing, iv, NOTHING)]);
    const identities = agree(this.identity.agreement, phone.public);
    return { bundle, secret: hkdf(Buffer.concat([shared, identities, this.random]), 32, NOTHING, 'adv_secret') };
  }
}

describe('the exchange that a pairing code starts', () => {
  const phone = new SigningKey();
  const stranger = new SigningKey();

  it('ends with the same secret on both sides', async () => {
    const companion = new Companion();
    const exchange = new CodeExchange('4915112345678', companion.hello());
    const { bundle, secret } = companion.finish(await exchange.enter(CODE), phone);
    const reached = exchange.secret();
    expect(exchange.finish(bundle, companion.identity.public, phone)).toBe(true);
    expect(await reached).toEqual(secret);
  });

  it.each([
    ['the identity of another companion', (_own: Buffer) => [stranger.public, phone.public]],
    ['the identity of another phone', (own: Buffer) => [own, stranger.public]],
  ])('refuses a bundle with %s', async (_name, shown) => {
    const companion = new Companion();
    const exchange = new CodeExchange('4915112345678', companion.hello());
    const wrapped = await exchange.enter(CODE);
    const { bundle } = companion.finish(wrapped, phone, shown(companion.identity.public));
    const reached = exchange.secret();
    expect(exchange.finish(bundle, companion.identity.public, phone)).toBe(false);
    await expect(reached).rejects.toThrow('the pairing code is wrong');
  });

  it('refuses a bundle that was made under another code, or before a code was entered', async () => {
    const companion = new Companion();
    const exchange = new CodeExchange('4915112345678', companion.hello('WXYZ6789'));
    const bundle = randomBytes(150);
    expect(exchange.finish(bundle, companion.identity.public, phone)).toBe(false);
    const finished = companion.finish(await exchange.enter(CODE), phone);
    expect(exchange.finish(finished.bundle, companion.identity.public, phone)).toBe(false);
  });
});
