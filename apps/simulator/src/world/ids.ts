import { randomBytes, randomInt } from 'node:crypto';

const INVITE_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const INVITE_LENGTH = 22;
const INVITE = /^[A-Za-z0-9_-]{22}$/;

/** Groups made since 2022 are `120363` and twelve more digits. */
export function newGroupId(): string {
  return `120363${String(randomInt(1_000_000, 9_999_999))}${String(randomInt(10_000, 99_999))}`;
}

export function newInviteCode(): string {
  let code = '';
  for (const byte of randomBytes(INVITE_LENGTH)) code += INVITE_ALPHABET[byte % INVITE_ALPHABET.length];
  return code;
}

export function isInviteCode(code: string): boolean {
  return INVITE.test(code);
}

/** Whoever knows it can fetch the picture. */
export function newPictureId(): string {
  return randomBytes(16).toString('hex');
}

export function newDescriptionId(): string {
  return randomBytes(10).toString('hex').toUpperCase();
}
