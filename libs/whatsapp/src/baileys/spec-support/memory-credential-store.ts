import { EventEmitter, once } from 'node:events';
import { CredentialStore, type CredentialItem, type SessionLease } from '#whatsapp';

/** A credential store in memory that can be made to fail and to wait. */
export class MemoryCredentialStore extends CredentialStore {
  writes = 0;
  /** Everything that was written, in order. */
  readonly written: CredentialItem[] = [];
  mostAtOnce = 0;
  private readonly items = new Map<string, Uint8Array>();
  private readonly events = new EventEmitter();
  private gate: Promise<void> = Promise.resolve();
  private open: () => void = () => undefined;
  private writing = 0;
  private readError?: Error;
  private writeError?: Error;

  async read(sessionId: string, kind: string, ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    await Promise.resolve();
    if (this.readError) throw this.readError;
    const found = new Map<string, Uint8Array>();
    for (const id of ids) {
      const value = this.items.get(keyOf(sessionId, kind, id));
      if (value) found.set(id, value);
    }
    return found;
  }

  async write({ sessionId }: SessionLease, items: readonly CredentialItem[]): Promise<void> {
    this.writing += 1;
    this.writes += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.writing);
    this.events.emit('write');
    await this.gate;
    this.writing -= 1;
    if (this.writeError) throw this.writeError;
    this.written.push(...items);
    for (const { kind, id, value } of items) {
      if (value) this.items.set(keyOf(sessionId, kind, id), value);
      else this.items.delete(keyOf(sessionId, kind, id));
    }
  }

  clear({ sessionId }: SessionLease): Promise<void> {
    for (const key of [...this.items.keys()]) if (key.startsWith(`${sessionId}|`)) this.items.delete(key);
    return Promise.resolve();
  }

  put(sessionId: string, kind: string, id: string, value: Uint8Array): void {
    this.items.set(keyOf(sessionId, kind, id), value);
  }

  count(sessionId: string): number {
    return [...this.items.keys()].filter((key) => key.startsWith(`${sessionId}|`)).length;
  }

  /** From here on writes wait until `release`. */
  hold(): void {
    this.gate = new Promise((resolve) => (this.open = resolve));
  }

  release(): void {
    this.open();
  }

  /** Once that many writes have begun. */
  async reached(writes: number): Promise<void> {
    while (this.writes < writes) await once(this.events, 'write');
  }

  failReads(error: Error | undefined): void {
    this.readError = error;
  }

  failWrites(error: Error | undefined): void {
    this.writeError = error;
  }
}

function keyOf(sessionId: string, kind: string, id: string): string {
  return `${sessionId}|${kind}|${id}`;
}
