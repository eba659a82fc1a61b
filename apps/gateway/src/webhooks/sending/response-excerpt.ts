import { toUSVString } from 'node:util';

const LONGEST_BYTES = 1_024;
const MASK = '***';
/** Shorter parts of a value (`Bearer`, `v1`) are words of their own, not secrets. */
const SHORTEST_PART = 6;

/**
 * The beginning of an answer's body for people to read: printable, and without what is secret even where the endpoint
 * sends back what it got, as it is, lowercased, within JSON, URL or base64. `isWhole`: whether `body` is all of it, else
 * it may end within a secret.
 */
export function excerptOf(body: Buffer, isWhole: boolean, secrets: readonly string[]): string | undefined {
  if (body.length === 0) return undefined;
  const forms = [...new Set(secrets.flatMap(formsOf))].filter((form) => form !== '');
  const masked = mask(body.toString('utf8'), forms);
  const text = isWhole ? masked : withoutCutForm(masked, forms);
  const beginning = Buffer.from(printable(text)).subarray(0, LONGEST_BYTES).toString();
  // The last character may have been cut in two.
  return printable(beginning).trim() || undefined;
}

function formsOf(secret: string): string[] {
  const parts = [secret, ...secret.split(/[\s,;=]+/).filter(({ length }) => length >= SHORTEST_PART)];
  return [...parts, ...credentialsIn(secret)].flatMap((part) => [
    part,
    JSON.stringify(part).slice(1, -1),
    encodeURIComponent(toUSVString(part)),
    Buffer.from(part).toString('base64').replace(/=+$/, ''),
  ]);
}

/** What `Basic …` says in clear. */
function credentialsIn(value: string): string[] {
  const encoded = /^basic\s+(\S+)$/i.exec(value)?.[1];
  if (encoded === undefined) return [];
  const pair = Buffer.from(encoded, 'base64').toString();
  return [pair, pair.slice(pair.indexOf(':') + 1)];
}

function mask(text: string, forms: readonly string[]): string {
  if (forms.length === 0) return text;
  const longestFirst = [...forms].sort((a, b) => b.length - a.length).map(escaped);
  return text.replace(new RegExp(longestFirst.join('|'), 'gi'), MASK);
}

function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function withoutCutForm(text: string, forms: readonly string[]): string {
  const lower = text.toLowerCase();
  const cut = forms.map((form) => overlap(lower, form.toLowerCase()));
  return text.slice(0, text.length - Math.max(0, ...cut));
}

/** How much of the beginning of `form` the text ends with. */
function overlap(text: string, form: string): number {
  for (let length = Math.min(form.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(form.slice(0, length))) return length;
  }
  return 0;
}

function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}\uFFFD]+/gu, ' ');
}
