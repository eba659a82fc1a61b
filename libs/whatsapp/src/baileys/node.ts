import type { BinaryNode } from '@whiskeysockets/baileys';

/** The stanzas of WhatsApp: a tag, string attributes, and either children or bytes. */
export type { BinaryNode };

export function element(tag: string, attrs: Record<string, string> = {}, content?: BinaryNode['content']): BinaryNode {
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

export function childrenOf(node: BinaryNode | undefined, tag?: string): BinaryNode[] {
  if (!node || !Array.isArray(node.content)) return [];
  return tag === undefined ? node.content : node.content.filter((child) => child.tag === tag);
}

export function childOf(node: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  if (!node || !Array.isArray(node.content)) return undefined;
  return node.content.find((child) => child.tag === tag);
}

/** The content of a node that holds text: it arrives as bytes, or as a string where WhatsApp's dictionary has it. */
export function textOf(node: BinaryNode | undefined): string | undefined {
  const content = node?.content;
  if (content === undefined || Array.isArray(content)) return undefined;
  return typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
}

/** An attribute that holds a number; `undefined` when absent or not one. */
export function numberOf(value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** An attribute that holds epoch seconds, as epoch milliseconds. WhatsApp writes 0 for "not known". */
export function momentOf(value: string | undefined): number | undefined {
  const seconds = numberOf(value);
  return seconds === undefined || seconds <= 0 ? undefined : seconds * 1000;
}
