import { DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS, TAGS } from '@whiskeysockets/baileys/lib/WABinary/constants.js';
import type { StanzaNode } from './node.js';

const PACKABLE_MAX = 127;
/** What fills up the last byte of an odd number of digits. */
const NIBBLE_FILL = 15;
const HEX_FILL = 0;
const NIBBLE_OF = packingTable('0123456789-.');
const HEX_OF = packingTable('0123456789ABCDEF');
/** Servers of users: only they have devices, packed as `AD_JID` with the domain's number. */
const USER_DOMAINS: Record<string, number> = { 's.whatsapp.net': 0, lid: 1 };
const SERVERS = new Set([...Object.keys(USER_DOMAINS), 'g.us', 'c.us', 'broadcast', 'call', 'newsletter']);

/** By character code: the half byte that stands for it, or -1. */
function packingTable(alphabet: string): Int8Array {
  const table = new Int8Array(128).fill(-1);
  [...alphabet].forEach((character, index) => (table[character.charCodeAt(0)] = index));
  return table;
}

function packs(value: string, table: Int8Array): boolean {
  if (value.length === 0 || value.length > PACKABLE_MAX) return false;
  for (let index = 0; index < value.length; index += 1) {
    if ((table[value.charCodeAt(index)] ?? -1) < 0) return false;
  }
  return true;
}

function tokenTable(): Map<string, readonly number[]> {
  const table = new Map<string, readonly number[]>();
  DOUBLE_BYTE_TOKENS.forEach((dictionary, number) => {
    dictionary.forEach((token, index) => table.set(token, [TAGS.DICTIONARY_0 + number, index]));
  });
  SINGLE_BYTE_TOKENS.forEach((token, index) => {
    if (index > 0) table.set(token, [index]);
  });
  return table;
}

const TOKENS = tokenTable();

/**
 * Packs stanzas as WhatsApp does. Baileys' encoder pushes one array element per byte, which is far too slow for the
 * list of two hundred groups with a thousand members each; this one writes into one buffer that it keeps.
 */
export class StanzaEncoder {
  private buffer = Buffer.allocUnsafe(64 * 1024);
  private length = 0;

  /** The plaintext without its leading flag byte. The bytes are good until the next call. */
  encode(stanza: StanzaNode): Buffer {
    this.length = 0;
    this.writeNode(stanza);
    return this.buffer.subarray(0, this.length);
  }

  private writeNode({ tag, attrs, content }: StanzaNode): void {
    let fields = 1;
    for (const key in attrs) if (attrs[key] !== undefined) fields += 2;
    if (content !== undefined) fields += 1;
    this.writeListStart(fields);
    this.writeString(tag);
    for (const key in attrs) {
      const value = attrs[key];
      if (value === undefined) continue;
      this.writeString(key);
      this.writeString(value);
    }
    if (content === undefined) return;
    if (Array.isArray(content)) {
      this.writeListStart(content.length);
      for (const item of content) this.writeNode(item);
    } else {
      this.writeBytes(typeof content === 'string' ? Buffer.from(content, 'utf8') : content);
    }
  }

  private writeListStart(size: number): void {
    if (size === 0) this.writeByte(TAGS.LIST_EMPTY);
    else if (size < 256) this.writePair(TAGS.LIST_8, size);
    else {
      if (size > 0xffff) throw new RangeError(`a stanza cannot list ${size} children`);
      this.writeByte(TAGS.LIST_16);
      this.writePair(size >> 8, size & 0xff);
    }
  }

  private writeString(value: string): void {
    const token = TOKENS.get(value);
    if (token !== undefined) {
      for (const byte of token) this.writeByte(byte);
      return;
    }
    const at = value.indexOf('@');
    if (at >= 0 && SERVERS.has(value.slice(at + 1))) this.writeJid(value, at);
    else if (packs(value, NIBBLE_OF)) this.writePacked(value, TAGS.NIBBLE_8, NIBBLE_OF, NIBBLE_FILL);
    else if (packs(value, HEX_OF)) this.writePacked(value, TAGS.HEX_8, HEX_OF, HEX_FILL);
    else this.writeBytes(Buffer.from(value, 'utf8'));
  }

  private writeJid(jid: string, at: number): void {
    const server = jid.slice(at + 1);
    const colon = jid.indexOf(':');
    const domain = USER_DOMAINS[server];
    if (domain !== undefined && colon >= 0 && colon < at) {
      this.writePair(TAGS.AD_JID, domain);
      this.writeByte(Number(jid.slice(colon + 1, at)));
      this.writeString(jid.slice(0, colon));
      return;
    }
    this.writeByte(TAGS.JID_PAIR);
    if (at === 0) this.writeByte(TAGS.LIST_EMPTY);
    else this.writeString(jid.slice(0, at));
    this.writeString(server);
  }

  /** Two digits a byte; an odd length is flagged and filled up. */
  private writePacked(value: string, tag: number, table: Int8Array, fill: number): void {
    const { length } = value;
    const bytes = (length + 1) >> 1;
    this.writePair(tag, length % 2 === 0 ? bytes : bytes | 0x80);
    for (let index = 0; index < length; index += 2) {
      const high = table[value.charCodeAt(index)] ?? 0;
      const low = index + 1 < length ? (table[value.charCodeAt(index + 1)] ?? 0) : fill;
      this.writeByte((high << 4) | low);
    }
  }

  private writeBytes(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length < 256) this.writePair(TAGS.BINARY_8, length);
    else if (length < 1 << 20) {
      this.writePair(TAGS.BINARY_20, length >> 16);
      this.writePair((length >> 8) & 0xff, length & 0xff);
    } else {
      this.writeByte(TAGS.BINARY_32);
      this.writePair(length >>> 24, (length >> 16) & 0xff);
      this.writePair((length >> 8) & 0xff, length & 0xff);
    }
    this.reserve(length);
    this.buffer.set(bytes, this.length);
    this.length += length;
  }

  private writePair(first: number, second: number): void {
    this.writeByte(first);
    this.writeByte(second);
  }

  private writeByte(value: number): void {
    if (this.length === this.buffer.length) this.reserve(1);
    this.buffer[this.length++] = value;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
