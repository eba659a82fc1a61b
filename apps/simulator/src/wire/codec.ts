import { deflateSync, inflateSync } from 'node:zlib';
import { decodeDecompressedBinaryNode } from '@whiskeysockets/baileys';
import * as constants from '@whiskeysockets/baileys/lib/WABinary/constants.js';
import { StanzaEncoder } from './encode.js';
import type { StanzaNode } from './node.js';

/** The first byte of a plaintext: what follows is packed as it is, or deflated first. */
const RAW = 0;
const DEFLATED = 2;

const encoder = new StanzaEncoder();

export function encodePlaintext(stanza: StanzaNode, compressAbove: number): Buffer {
  const bytes = encoder.encode(stanza);
  return bytes.length > compressAbove
    ? Buffer.concat([Buffer.of(DEFLATED), deflateSync(bytes, { level: 1 })])
    : Buffer.concat([Buffer.of(RAW), bytes]);
}

export function decodePlaintext(plaintext: Buffer): StanzaNode {
  const deflated = ((plaintext[0] ?? RAW) & DEFLATED) !== 0;
  const bytes = deflated ? inflateSync(plaintext.subarray(1)) : plaintext.subarray(1);
  return decodeDecompressedBinaryNode(bytes, constants);
}
