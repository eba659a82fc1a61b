import { BufferJSON, proto, type AuthenticationCreds, type SignalDataTypeMap } from '@whiskeysockets/baileys';
import { CredentialsUnreadableError } from '#whatsapp';

/** How credentials are written as bytes: JSON, binary as Baileys' own notation has it. */
export function encode(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value, BufferJSON.replacer));
}

export function decodeCreds(bytes: Uint8Array): AuthenticationCreds {
  return decode(bytes) as AuthenticationCreds;
}

export function decodeKey<T extends keyof SignalDataTypeMap>(kind: T, bytes: Uint8Array): SignalDataTypeMap[T] {
  const value = decode(bytes);
  // Baileys calls methods of this one, which JSON has lost.
  const whole = kind === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(value) : value;
  return whole as SignalDataTypeMap[T];
}

function decode(bytes: Uint8Array): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'), BufferJSON.reviver) as Record<string, unknown>;
  } catch (error) {
    // A syntax error's message quotes the text, which is a secret here.
    throw new CredentialsUnreadableError('stored credentials are not in the form in which they were written', {
      cause: error instanceof Error ? error.name : undefined,
    });
  }
}
