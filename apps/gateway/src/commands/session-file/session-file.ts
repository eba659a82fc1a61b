import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { PortableSession } from '#store';
import { nonceBytes, open, saltBytes, seal, takeApart } from './envelope.js';
import { passphraseKey } from './passphrase-key.js';
import { SessionFileError } from './session-file.error.js';

const BASE64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
const CONTENT = z.strictObject({
  id: z.string().min(1),
  organizationId: z.string(),
  label: z.string().optional(),
  ratePerMin: z.int().positive(),
  ratePerHour: z.int().positive(),
  waJid: z.string().min(1),
  waLid: z.string().optional(),
  phoneNumber: z.string().min(1),
  credentials: z.array(z.strictObject({ kind: z.string(), id: z.string(), value: BASE64 })),
});

/** The bytes of a file that only `passphrase` opens. Never twice alike. */
export async function sealSession(session: PortableSession, passphrase: string): Promise<Buffer> {
  const credentials = session.credentials.map(({ kind, id, value }) => ({
    kind,
    id,
    value: Buffer.from(value).toString('base64'),
  }));
  const content: z.input<typeof CONTENT> = { ...session, credentials };
  const salt = randomBytes(saltBytes);
  const key = await passphraseKey(passphrase, salt);
  return seal(Buffer.from(JSON.stringify(content)), key, salt, randomBytes(nonceBytes));
}

/** Throws `SessionFileError`, whose message says whether it is the passphrase, the file, or the format. */
export async function openSession(file: Buffer, passphrase: string): Promise<PortableSession> {
  const envelope = takeApart(file);
  const content = open(envelope, await passphraseKey(passphrase, envelope.salt));
  const session = CONTENT.safeParse(parseJson(content));
  // What the parser or the schema says of it may quote a secret.
  if (!session.success) throw new SessionFileError('the file holds something else than a session of this format');
  return session.data;
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}
