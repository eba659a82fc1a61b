import { toUSVString } from 'node:util';

const MASK = '***';
/** Shorter parts of a value (`Bearer`, `v1`) are words of their own, not secrets. */
const SHORTEST_PART = 6;
/** More than any credential has: a value of so many is a text, and to look for each of its words takes long. */
const MOST_PARTS = 32;
/** How pages write a quotation mark and an apostrophe; it depends on what made them. */
const QUOTATION_MARKS = ['&quot;', '&#34;', '&#x22;'];
const APOSTROPHES = ['&#39;', '&#039;', '&#x27;', '&apos;'];

/**
 * Hides secrets in a text that may hold them in many forms: as they are or a part of them, in other capitals, within
 * JSON, URL, HTML or base64. To be kept for as long as the secrets are the same: to make one takes longer than to use it.
 */
export class SecretMask {
  private readonly forms: readonly string[];
  private readonly pattern: RegExp | undefined;

  constructor(secrets: readonly string[]) {
    const forms = new Set(secrets.flatMap(formsOf));
    forms.delete('');
    const longestFirst = [...forms].sort((a, b) => b.length - a.length);
    this.forms = longestFirst.map((form) => form.toLowerCase());
    this.pattern = longestFirst.length > 0 ? new RegExp(longestFirst.map(escaped).join('|'), 'gi') : undefined;
  }

  /** `isCut`: more followed, so that the end may be the beginning of a secret; then that is left out. */
  hide(text: string, isCut: boolean): string {
    const end = isCut ? this.cutIn(text) : text.length;
    let shown = '';
    let at = 0;
    for (const { 0: secret, index } of this.pattern ? text.matchAll(this.pattern) : []) {
      // One that begins before the end is hidden whole, and what only looks like one within a longer one is left out.
      if (index >= end) break;
      shown += text.slice(at, index) + MASK;
      at = index + secret.length;
    }
    return shown + text.slice(at, Math.max(at, end));
  }

  /** Where a secret may begin whose rest is cut off with the end of `text`; the end, where none does. */
  private cutIn(text: string): number {
    const lower = text.toLowerCase();
    return Math.min(text.length, ...this.forms.map((form) => cutOf(lower, form)));
  }
}

/** Where the text ends with a beginning of `form`, if it does. */
function cutOf(text: string, form: string): number {
  const first = form.charAt(0);
  let at = text.indexOf(first, Math.max(0, text.length - form.length + 1));
  while (at !== -1 && !form.startsWith(text.slice(at))) at = text.indexOf(first, at + 1);
  return at === -1 ? text.length : at;
}

function formsOf(secret: string): string[] {
  const parts = secret.split(/[\s,;=]+/).filter(({ length }) => length >= SHORTEST_PART);
  return [secret, ...parts.slice(0, MOST_PARTS), ...credentialsIn(secret)].flatMap((part) => [
    part,
    JSON.stringify(part).slice(1, -1),
    encodeURIComponent(toUSVString(part)),
    Buffer.from(part).toString('base64').replace(/=+$/, ''),
    ...(/[&<>"']/.test(part) ? asHtml(part) : []),
  ]);
}

function asHtml(text: string): string[] {
  const basic = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const marks = [...QUOTATION_MARKS, '"'].map((mark) => basic.replaceAll('"', mark));
  return [...APOSTROPHES, "'"].flatMap((apostrophe) => marks.map((marked) => marked.replaceAll("'", apostrophe)));
}

/** What `Basic …` says in clear. */
function credentialsIn(value: string): string[] {
  const encoded = /^basic\s+(\S+)$/i.exec(value)?.[1];
  if (encoded === undefined) return [];
  const pair = Buffer.from(encoded, 'base64').toString();
  return [pair, pair.slice(pair.indexOf(':') + 1)];
}

function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
