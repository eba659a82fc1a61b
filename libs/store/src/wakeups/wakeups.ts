import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { ConnectionOptions } from '../data-source.js';
import type { Channel } from './channels.js';
import { ListeningConnection, type ListeningOptions } from './listening-connection.js';

/** Told a message, or `''` when messages may have been missed. It must not throw, and is logged when it does. */
export type WakeupListener = (message: string) => void;

export interface WakeupOptions extends ListeningOptions {
  /** Before the first try to connect again; doubles from there. */
  retryMs: number;
  longestRetryMs: number;
}

/** Together with the half second for which others rely on what they read, nothing stays unnoticed for a second. */
const DEFAULTS: WakeupOptions = {
  heartbeatMs: 150,
  trustMs: 400,
  silentMs: 5_000,
  retryMs: 100,
  longestRetryMs: 2_000,
};

interface Registration {
  channel: Channel;
  listener: WakeupListener;
}

/**
 * What other connections NOTIFY, this process's own ones among them, heard over one connection that does nothing else.
 * It is made when somebody first asks, and made again for as long as it takes. A message may be late or lost: whoever
 * listens looks into the tables now and then by itself.
 */
export class Wakeups implements OnApplicationShutdown {
  private readonly logger = new Logger(Wakeups.name);
  private readonly options: WakeupOptions;
  private readonly registrations = new Set<Registration>();
  private readonly closed = new AbortController();
  private connection: ListeningConnection | undefined;
  private connecting: Promise<void> | undefined;
  private isAway = false;

  constructor(
    private readonly database: ConnectionOptions,
    options: Partial<WakeupOptions> = {},
  ) {
    this.options = { ...DEFAULTS, ...options };
  }

  /**
   * Whether listeners have been told of all that was committed until less than half a second ago. While they have not,
   * what somebody remembers on the strength of being told may have changed.
   */
  get isListening(): boolean {
    return this.connection?.isTold ?? false;
  }

  /**
   * `listener` is told `''` as soon as it hears everything, and again after each time when it could not: what it needs
   * to know from before, it reads then. Returns how to take it out again.
   */
  on(channel: Channel, listener: WakeupListener): () => void {
    const registration = { channel, listener };
    this.registrations.add(registration);
    if (this.connection) void this.begin(this.connection, registration);
    else this.connect();
    return () => void this.registrations.delete(registration);
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    this.closed.abort();
    this.registrations.clear();
    await this.connecting;
    await this.connection?.close();
    this.connection = undefined;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private connect(): void {
    this.connecting ??= this.keepTrying().finally(() => (this.connecting = undefined));
  }

  private async keepTrying(): Promise<void> {
    const { signal } = this.closed;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        return await this.open();
      } catch (error) {
        this.away(error);
        await sleep(this.delay(attempt), undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  /** The upper half of each step is drawn: processes that were cut off together do not all come back in one instant. */
  private delay(attempt: number): number {
    const { retryMs, longestRetryMs } = this.options;
    const step = Math.min(longestRetryMs, retryMs * 2 ** Math.min(attempt, 30));
    return step * (0.5 + 0.5 * Math.random());
  }

  private async open(): Promise<void> {
    const hearing = {
      onMessage: (channel: string, message: string) => this.hear(channel, message),
      onLost: (error: Error) => this.lose(connection, error),
    };
    const connection = await ListeningConnection.open(this.database, hearing, this.options);
    const heard = await this.listenToAll(connection);
    if (this.closed.signal.aborted) return connection.close();
    this.connection = connection;
    if (this.isAway) this.logger.log('the database tells of changes again');
    this.isAway = false;
    for (const registration of heard) this.tell(registration, '');
  }

  private async listenToAll(connection: ListeningConnection): Promise<Registration[]> {
    const heard = new Set<Registration>();
    try {
      // Somebody may ask for another channel meanwhile.
      for (let missing = [...this.registrations]; missing.length > 0;) {
        await connection.listen([...new Set(missing.map(({ channel }) => channel))]);
        for (const registration of missing) heard.add(registration);
        missing = [...this.registrations].filter((registration) => !heard.has(registration));
      }
      if (connection.isBroken) throw new Error('the connection broke at once');
      return [...heard];
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  private async begin(connection: ListeningConnection, registration: Registration): Promise<void> {
    try {
      await connection.listen([registration.channel]);
    } catch (error) {
      // With the next connection it hears of everything.
      return this.lose(connection, error);
    }
    if (this.connection === connection) this.tell(registration, '');
  }

  private lose(connection: ListeningConnection, error: unknown): void {
    if (this.connection !== connection) return;
    this.connection = undefined;
    void connection.close();
    this.away(error);
    this.connect();
  }

  private away(error: unknown): void {
    if (this.isAway || this.closed.signal.aborted) return;
    this.isAway = true;
    this.logger.warn({ msg: 'the database does not tell of changes; looking for them meanwhile', err: error });
  }

  private hear(channel: string, message: string): void {
    for (const registration of [...this.registrations]) {
      if (registration.channel === channel) this.tell(registration, message);
    }
  }

  private tell(registration: Registration, message: string): void {
    if (!this.registrations.has(registration)) return;
    try {
      registration.listener(message);
    } catch (error) {
      this.logger.error({ msg: 'a change was not taken in', channel: registration.channel, err: error });
    }
  }
}
