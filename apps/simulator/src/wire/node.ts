import type { BinaryNode } from '@whiskeysockets/baileys';

/** One stanza, or a part of one: the XML that WhatsApp packs into bytes. */
export type StanzaNode = BinaryNode;

type Attributes = Record<string, string | number | undefined>;

/** Attributes that are `undefined` are left out. */
export function node(tag: string, attrs: Attributes = {}, content?: StanzaNode['content']): StanzaNode {
  const present: Record<string, string> = {};
  for (const key in attrs) {
    const value = attrs[key];
    if (value !== undefined) present[key] = String(value);
  }
  return content === undefined ? { tag, attrs: present } : { tag, attrs: present, content };
}

export function text(value: string): Uint8Array {
  return Buffer.from(value, 'utf8');
}

export function children(parent: StanzaNode, tag?: string): StanzaNode[] {
  if (!Array.isArray(parent.content)) return [];
  return tag === undefined ? parent.content : parent.content.filter((child) => child.tag === tag);
}

export function child(parent: StanzaNode | undefined, tag?: string): StanzaNode | undefined {
  if (parent === undefined || !Array.isArray(parent.content)) return undefined;
  return tag === undefined ? parent.content[0] : parent.content.find((candidate) => candidate.tag === tag);
}

/** The content as bytes, whichever way the client packed it. */
export function bytesOf(parent: StanzaNode | undefined): Buffer | undefined {
  const content = parent?.content;
  if (content === undefined || Array.isArray(content)) return undefined;
  return typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
}

export function textOf(parent: StanzaNode | undefined): string | undefined {
  return bytesOf(parent)?.toString('utf8');
}
