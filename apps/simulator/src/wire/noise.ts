import { proto } from '@whiskeysockets/baileys';
import { agree, decryptGcm, encryptGcm, hkdf, newAgreementKey, sha256, type AgreementKey } from './crypto.js';
import { INTRO } from './frames.js';

const PROTOCOL_NAME = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0', 'latin1');
const IV_BYTES = 12;
const NOTHING = Buffer.alloc(0);

function iv(counter: number): Buffer {
  const bytes = Buffer.alloc(IV_BYTES);
  bytes.writeUInt32BE(counter, IV_BYTES - 4);
  return bytes;
}

/** One direction of an established connection. */
export class NoiseCipher {
  private counter = 0;

  constructor(private readonly key: Uint8Array) {}

  encrypt(plaintext: Uint8Array): Buffer {
    return encryptGcm(plaintext, this.key, iv(this.counter++), NOTHING);
  }

  decrypt(sealed: Uint8Array): Buffer {
    return decryptGcm(sealed, this.key, iv(this.counter++), NOTHING);
  }
}

export interface Established {
  clientStatic: Buffer;
  clientPayload: Buffer;
  incoming: NoiseCipher;
  outgoing: NoiseCipher;
}

/** The answering side of Noise XX. */
export class NoiseResponder {
  private hash: Buffer = PROTOCOL_NAME;
  private chainingKey: Buffer = PROTOCOL_NAME;
  private key: Buffer = PROTOCOL_NAME;
  private counter = 0;
  private readonly ephemeral = newAgreementKey();

  constructor(private readonly staticKey: AgreementKey) {
    this.mixHash(INTRO);
  }

  /** From the client's hello to our own. */
  answer(hello: Uint8Array, certificates: Uint8Array): Buffer {
    const clientEphemeral = proto.HandshakeMessage.decode(hello).clientHello?.ephemeral;
    if (!clientEphemeral) throw new Error('the client hello has no ephemeral key');
    this.mixHash(clientEphemeral);
    this.mixHash(this.ephemeral.public);
    this.mixKey(agree(this.ephemeral, clientEphemeral));
    const encryptedStatic = this.encrypt(this.staticKey.public);
    this.mixKey(agree(this.staticKey, clientEphemeral));
    const payload = this.encrypt(certificates);
    const serverHello = { ephemeral: this.ephemeral.public, static: encryptedStatic, payload };
    return Buffer.from(proto.HandshakeMessage.encode({ serverHello }).finish());
  }

  /** Throws when the client's message does not decrypt: it does not hold the key that it showed. */
  finish(message: Uint8Array): Established {
    const finish = proto.HandshakeMessage.decode(message).clientFinish;
    if (!finish?.static || !finish.payload) throw new Error('the client finish is incomplete');
    const clientStatic = this.decrypt(finish.static);
    this.mixKey(agree(this.ephemeral, clientStatic));
    const clientPayload = this.decrypt(finish.payload);
    const keys = hkdf(NOTHING, 64, this.chainingKey);
    return {
      clientStatic,
      clientPayload,
      incoming: new NoiseCipher(keys.subarray(0, 32)),
      outgoing: new NoiseCipher(keys.subarray(32)),
    };
  }

  private encrypt(plaintext: Uint8Array): Buffer {
    const sealed = encryptGcm(plaintext, this.key, iv(this.counter++), this.hash);
    this.mixHash(sealed);
    return sealed;
  }

  private decrypt(sealed: Uint8Array): Buffer {
    const plaintext = decryptGcm(sealed, this.key, iv(this.counter++), this.hash);
    this.mixHash(sealed);
    return plaintext;
  }

  private mixHash(data: Uint8Array): void {
    this.hash = sha256(this.hash, data);
  }

  private mixKey(secret: Uint8Array): void {
    const keys = hkdf(secret, 64, this.chainingKey);
    this.chainingKey = keys.subarray(0, 32);
    this.key = keys.subarray(32);
    this.counter = 0;
  }
}
