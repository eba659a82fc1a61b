import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { z } from 'zod';
import { KDF } from './passphrase-key.js';
import { SessionFileError } from './session-file.error.js';

const MAGIC = 'whats-gateway session';
const VERSION = 1;
const CIPHER = 'aes-256-gcm';
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const DIGEST_BYTES = 32;
const LINE_END = 0x0a;
/** No header is longer: what has no line end before here is another kind of file. */
const HEADER_BYTES = 1_024;

const ANY_VERSION = z.object({ magic: z.literal(MAGIC), version: z.int().min(1) });
const HEADER = z.strictObject({
  magic: z.literal(MAGIC),
  version: z.literal(VERSION),
  kdf: z.strictObject({
    name: z.literal(KDF.name),
    N: z.literal(KDF.N),
    r: z.literal(KDF.r),
    p: z.literal(KDF.p),
    salt: bytes(SALT_BYTES),
  }),
  cipher: z.literal(CIPHER),
  nonce: bytes(NONCE_BYTES),
});

/**
 * A file, taken apart: `header` (one line of JSON, its line end included), then `sealed` (ciphertext and tag), then the
 * SHA-256 of both. The digest tells a file that was cut off or damaged from a wrong passphrase; what vouches for the
 * content, the header included, is the tag.
 */
export interface Envelope {
  header: Buffer;
  salt: Buffer;
  nonce: Buffer;
  sealed: Buffer;
}

export const saltBytes = SALT_BYTES;
export const nonceBytes = NONCE_BYTES;

/** The bytes of a file that holds `content`. A key seals one content only, as each file has a salt of its own. */
export function seal(content: Buffer, key: Buffer, salt: Buffer, nonce: Buffer): Buffer {
  const fields: z.input<typeof HEADER> = {
    magic: MAGIC,
    version: VERSION,
    kdf: { ...KDF, salt: salt.toString('base64') },
    cipher: CIPHER,
    nonce: nonce.toString('base64'),
  };
  const header = Buffer.from(`${JSON.stringify(fields)}\n`);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(header);
  const body = Buffer.concat([header, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([body, digestOf(body)]);
}

/** Throws `SessionFileError` for what is no such file, is damaged, or is of a format that is not known here. */
export function takeApart(file: Buffer): Envelope {
  const headerLength = file.subarray(0, HEADER_BYTES).indexOf(LINE_END) + 1;
  const header = file.subarray(0, headerLength);
  const fields = parseHeader(header);
  const body = file.subarray(0, -DIGEST_BYTES);
  if (body.length < headerLength + TAG_BYTES || !digestOf(body).equals(file.subarray(-DIGEST_BYTES))) throw damaged();
  return { header, salt: fields.kdf.salt, nonce: fields.nonce, sealed: body.subarray(headerLength) };
}

/** Throws `SessionFileError` when `key` did not seal it, or not like this. */
export function open({ header, nonce, sealed }: Envelope, key: Buffer): Buffer {
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(header).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch (error) {
    throw new SessionFileError('the passphrase is wrong (or somebody has changed the file)', { cause: error });
  }
}

function parseHeader(line: Buffer): z.output<typeof HEADER> {
  const json = parseJson(line);
  const any = ANY_VERSION.safeParse(json);
  if (!any.success) throw new SessionFileError('this is no file of sessions:export, or its beginning is damaged');
  if (any.data.version > VERSION) {
    const formats = `format ${any.data.version}, and this gateway knows up to ${VERSION}`;
    throw new SessionFileError(`the file was made by a newer gateway: it has ${formats}`);
  }
  const header = HEADER.safeParse(json);
  if (!header.success) throw damaged();
  return header.data;
}

function parseJson(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
}

function digestOf(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest();
}

function damaged(): SessionFileError {
  return new SessionFileError('the file is damaged or was cut off; copy it again');
}

function bytes(length: number) {
  return z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((value) => value.length === length);
}
