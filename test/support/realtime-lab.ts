import { Database, EventLog } from '#store';
import { newSession, numbered } from './event-writer.js';
import { startGateway, type TestGateway } from './start-gateway.js';
import { SocketReader } from './stream-client.js';

/** A gateway with a session that things happen to, and readers of it that are gone after the test. */
export class RealtimeLab {
  readonly opened: SocketReader[] = [];

  private constructor(
    readonly gateway: TestGateway,
    /** A key that may read events. */
    readonly token: string,
    readonly session: string,
  ) {}

  static async start(): Promise<RealtimeLab> {
    const gateway = await startGateway();
    return new RealtimeLab(gateway, await gateway.apiKey(['events']), await newSession(gateway));
  }

  async stop(): Promise<void> {
    for (const reader of this.opened) reader.cut();
    await this.gateway.close();
  }

  async open(as = this.token, query: Record<string, string | undefined> = {}): Promise<SocketReader> {
    const reader = await SocketReader.open(this.gateway, as, query);
    this.opened.push(reader);
    return reader;
  }

  append(...numbers: number[]): Promise<void> {
    return this.gateway.app.get(EventLog).append(numbers.map((n) => numbered(n, this.session)));
  }

  sql(text: string): Promise<unknown> {
    return this.gateway.app.get(Database).dataSource.query(text);
  }

  /** As another process does it: nothing of this one is told. */
  async revoke(key: string): Promise<void> {
    const id = `key_${key.split('_')[1]}`;
    await this.sql(`with gone as (delete from api_keys where id = '${id}' returning id)
                    select pg_notify('gateway_api_keys', id) from gone`);
  }
}
