import type { StanzaNode } from '../wire/index.js';
import { matchesStanza, type StanzaFilter } from './stanza-filter.js';

export interface LoggedStanza {
  /** Epoch milliseconds. */
  at: number;
  /** Absent while the device is not linked yet. */
  phone?: string;
  node: StanzaNode;
  tag: string;
  xmlns?: string;
  type?: string;
}

interface Waiter {
  filter: StanzaFilter;
  resolve: (entry: LoggedStanza) => void;
}

const KEPT = 5_000;
const DEFAULT_TIMEOUT_MS = 10_000;

/** Every stanza that devices sent: the last few thousand of them. */
export class StanzaLog {
  private entries: LoggedStanza[] = [];
  private readonly waiters = new Set<Waiter>();
  private readonly watchers = new Set<(entry: LoggedStanza) => void>();

  record(phone: string | undefined, node: StanzaNode): void {
    const { xmlns, type } = node.attrs;
    const entry: LoggedStanza = { at: Date.now(), node, tag: node.tag };
    if (phone !== undefined) entry.phone = phone;
    if (xmlns !== undefined) entry.xmlns = xmlns;
    if (type !== undefined) entry.type = type;
    this.entries.push(entry);
    if (this.entries.length >= KEPT * 2) this.entries = this.entries.slice(-KEPT);
    for (const watcher of this.watchers) watcher(entry);
    for (const waiter of this.waiters) {
      if (!matchesStanza(waiter.filter, phone, node)) continue;
      this.waiters.delete(waiter);
      waiter.resolve(entry);
    }
  }

  all(filter: StanzaFilter = {}): LoggedStanza[] {
    return this.entries.filter(({ phone, node }) => matchesStanza(filter, phone, node));
  }

  count(filter: StanzaFilter = {}): number {
    return this.all(filter).length;
  }

  clear(): void {
    this.entries = [];
  }

  /** Every stanza from now on, before it is acted on. Returns what stops it. */
  watch(watcher: (entry: LoggedStanza) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** The next such stanza to arrive after this call. Rejects when none does in time. */
  next(filter: StanzaFilter, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<LoggedStanza> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        filter,
        resolve: (entry) => {
          clearTimeout(timer);
          resolve(entry);
        },
      };
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(new Error(`no stanza like ${JSON.stringify(filter)} within ${timeoutMs} ms`));
      }, timeoutMs);
      this.waiters.add(waiter);
    });
  }
}
