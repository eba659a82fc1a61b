import type { proto } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';
import type { BinaryNode } from './node.js';

const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 256;

/**
 * The invites that one connection sent in the last minutes. A device that could not decrypt one asks for it again, and
 * that is the one thing of other people's devices which Baileys is to hear.
 */
export class SentInvites {
  private readonly messages = new LRUCache<string, proto.IMessage>({ max: MOST_KEPT, ttl: KEPT_MS });
  /** Who asks, while Baileys handles the stanza in which they do. */
  private asking?: string;

  add(messageId: string, message: proto.IMessage): void {
    this.messages.set(messageId, message);
  }

  message(messageId: string): proto.IMessage | undefined {
    return this.messages.get(messageId);
  }

  /** To be told of each stanza before Baileys handles it. */
  look({ tag, attrs }: BinaryNode): void {
    const isAsked = tag === 'receipt' && attrs.type === 'retry' && this.messages.has(attrs.id ?? '');
    this.asking = isAsked ? attrs.from : undefined;
  }

  isAskedBy(jid: string): boolean {
    return jid === this.asking;
  }
}
