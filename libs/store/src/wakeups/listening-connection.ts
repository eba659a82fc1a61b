import pg from 'pg';
import { listeningClient, type ConnectionOptions } from '../data-source.js';
import { hangUp } from '../hang-up.js';
import type { Channel } from './channels.js';

export interface ListeningOptions {
  /** How often the database is asked whether it is there. */
  heartbeatMs: number;
  /** For how long after the last sign of life everything counts as told. */
  trustMs: number;
  /** A database that said nothing for so long is gone. */
  silentMs: number;
}

export interface Hearing {
  onMessage: (channel: string, message: string) => void;
  /** At most once, and never for a connection that was closed on purpose. */
  onLost: (error: Error) => void;
}

/** One connection to the database that is told of messages, until it breaks or the database falls silent. */
export class ListeningConnection {
  private readonly client: pg.Client;
  private heartbeat: NodeJS.Timeout | undefined;
  private isOpen = false;
  private asked: Promise<unknown> = Promise.resolve();
  /** How often it was due to be asked again while it had not answered. */
  private unanswered = 0;
  /** When the last question was asked that was answered; on a clock that nobody sets. */
  private aliveAt = -Infinity;

  private constructor(
    connection: ConnectionOptions,
    private readonly hearing: Hearing,
    private readonly options: ListeningOptions,
  ) {
    this.client = listeningClient(connection);
    this.client.on('error', (error: Error) => this.lose(error));
    this.client.on('end', () => this.lose(new Error('the connection ended')));
    this.client.on('notification', ({ channel, payload }) => {
      if (this.isOpen) hearing.onMessage(channel, payload ?? '');
    });
  }

  /** Rejects when it cannot be made; `onLost` is for one that was. */
  static async open(
    connection: ConnectionOptions,
    hearing: Hearing,
    options: ListeningOptions,
  ): Promise<ListeningConnection> {
    const made = new ListeningConnection(connection, hearing, options);
    try {
      await made.client.connect();
    } catch (error) {
      await hangUp(made.client);
      throw error;
    }
    made.watch();
    return made;
  }

  get isBroken(): boolean {
    return !this.isOpen;
  }

  /** Whether all that was committed until `trustMs` ago has been told. */
  get isTold(): boolean {
    return this.isOpen && performance.now() - this.aliveAt < this.options.trustMs;
  }

  /** Resolves once nothing that is sent from here on is missed. */
  async listen(channels: readonly Channel[]): Promise<void> {
    const askedAt = performance.now();
    await this.ask(channels.map((channel) => `listen ${channel}`).join('; '));
    this.aliveAt = askedAt;
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.finish();
    await hangUp(this.client);
  }

  private watch(): void {
    this.isOpen = true;
    this.heartbeat = setInterval(() => this.beat(), this.options.heartbeatMs);
    this.heartbeat.unref();
  }

  private beat(): void {
    const { heartbeatMs, silentMs } = this.options;
    // By the beats, not by the clock: while the process itself stood still, the answer could not be heard.
    if (this.unanswered * heartbeatMs > silentMs) {
      return this.lose(new Error(`the database said nothing for ${silentMs} ms`));
    }
    this.unanswered += 1;
    if (this.unanswered > 1) return;
    const askedAt = performance.now();
    this.ask('select 1').then(
      () => {
        this.unanswered = 0;
        this.aliveAt = askedAt;
      },
      (error: Error) => this.lose(error),
    );
  }

  /** One question after the other. */
  private ask(text: string): Promise<unknown> {
    const ask = (): Promise<unknown> => this.client.query(text);
    return (this.asked = this.asked.then(ask, ask));
  }

  private lose(error: Error): void {
    if (!this.isOpen) return;
    this.finish();
    void hangUp(this.client);
    this.hearing.onLost(error);
  }

  private finish(): void {
    this.isOpen = false;
    clearInterval(this.heartbeat);
  }
}
