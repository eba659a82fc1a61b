import { EventEmitter, on } from 'node:events';
import type { AccountIdentity, CloseReason, ConnectionListener, GroupNotification, QrCode } from '#whatsapp';

export type ConnectionEvent =
  | { event: 'qr'; code: QrCode }
  | { event: 'paired'; identity: AccountIdentity }
  | { event: 'open'; identity: AccountIdentity }
  | { event: 'groupNotification'; notification: GroupNotification }
  | { event: 'groupsDirty' }
  | { event: 'closed'; reason: CloseReason };

type EventOf<N extends ConnectionEvent['event']> = Extract<ConnectionEvent, { event: N }>;

/** A listener that keeps what it is told, in order, and can be waited on. */
export class Recorder implements ConnectionListener {
  readonly events: ConnectionEvent[] = [];
  /** What a notification of a group waits for before it is acknowledged. */
  handled: () => void | Promise<void> = () => undefined;
  private readonly emitter = new EventEmitter();

  qr(code: QrCode): void {
    this.add({ event: 'qr', code });
  }

  paired(identity: AccountIdentity): void {
    this.add({ event: 'paired', identity });
  }

  open(identity: AccountIdentity): void {
    this.add({ event: 'open', identity });
  }

  groupNotification(notification: GroupNotification): void | Promise<void> {
    this.add({ event: 'groupNotification', notification });
    return this.handled();
  }

  groupsDirty(): void {
    this.add({ event: 'groupsDirty' });
  }

  closed(reason: CloseReason): void {
    this.add({ event: 'closed', reason });
  }

  get names(): string[] {
    return this.events.map(({ event }) => event);
  }

  all<N extends ConnectionEvent['event']>(name: N): EventOf<N>[] {
    return this.events.filter((event): event is EventOf<N> => event.event === name);
  }

  /** The first event of that name (the `count`th), which may have come already. */
  async next<N extends ConnectionEvent['event']>(name: N, count = 1, timeoutMs = 10_000): Promise<EventOf<N>> {
    const signal = AbortSignal.timeout(timeoutMs);
    const changes = on(this.emitter, 'event', { signal });
    try {
      for (; ; await changes.next()) {
        const found = this.all(name)[count - 1];
        if (found) return found;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Error(`no ${name} within ${timeoutMs} ms; there were: ${this.names.join(', ')}`, { cause: error });
    } finally {
      await changes.return?.();
    }
  }

  private add(event: ConnectionEvent): void {
    this.events.push(event);
    this.emitter.emit('event');
  }
}
