import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { API_KEYS_CHANNEL, EVENTS_CHANNEL, Wakeups, type Channel } from '#store';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { proxyTo, type TcpProxy } from './tcp-proxy.js';

describe('wake-ups', () => {
  let clone: TestDatabase;
  let proxy: TcpProxy;
  let other: pg.Client;
  let wakeups: Wakeups;
  let logged: string[];

  beforeEach(async () => {
    logged = [];
    const log = (line: string | { msg: string }): void => void logged.push(typeof line === 'string' ? line : line.msg);
    Logger.overrideLogger({ log, warn: log, error: log });
    clone = await cloneDatabase();
    proxy = await proxyTo(clone.url);
    other = new pg.Client({ connectionString: clone.url });
    await other.connect();
    wakeups = new Wakeups(
      { url: proxy.url, applicationName: 'listener', connectTimeoutMs: 500 },
      { heartbeatMs: 50, trustMs: 200, silentMs: 500, retryMs: 10, longestRetryMs: 50 },
    );
  });
  afterEach(async () => {
    await wakeups.close();
    await other.end();
    await proxy.close();
    await clone.drop();
    Logger.overrideLogger(true);
  });

  const listen = (channel: Channel = EVENTS_CHANNEL): string[] => {
    const told: string[] = [];
    wakeups.on(channel, (message) => told.push(message));
    return told;
  };
  const notify = (channel: Channel, message: string): Promise<unknown> =>
    other.query('select pg_notify($1, $2)', [channel, message]);
  const toldAre = (told: string[], messages: string[]): Promise<void> =>
    eventually(() => expect(told).toEqual(messages));
  const terminate = (): Promise<unknown> =>
    other.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener'");

  it('reach whoever listens to the channel, once that listener was told that it hears', async () => {
    const [events, keys] = [listen(), listen(API_KEYS_CHANNEL)];
    await Promise.all([toldAre(events, ['']), toldAre(keys, [''])]);
    expect(wakeups.isListening).toBe(true);
    await notify(API_KEYS_CHANNEL, 'key_1');
    await notify(EVENTS_CHANNEL, '');
    await Promise.all([toldAre(events, ['', '']), toldAre(keys, ['', 'key_1'])]);
  });

  it('reach one who asks while others listen already, and no longer one who has left', async () => {
    const first = listen();
    await toldAre(first, ['']);
    const second: string[] = [];
    const leave = wakeups.on(API_KEYS_CHANNEL, (message) => second.push(message));
    await toldAre(second, ['']);
    await notify(API_KEYS_CHANNEL, 'key_1');
    await toldAre(second, ['', 'key_1']);
    leave();
    await notify(API_KEYS_CHANNEL, 'key_2');
    await notify(EVENTS_CHANNEL, 'after');
    await toldAre(first, ['', 'after']);
    expect(second).toEqual(['', 'key_1']);
  });

  it('come with the transaction, and not at all when that is undone', async () => {
    const told = listen();
    await toldAre(told, ['']);
    await other.query('begin');
    await notify(EVENTS_CHANNEL, 'undone');
    await other.query('rollback');
    await notify(EVENTS_CHANNEL, 'done');
    await toldAre(told, ['', 'done']);
  });

  it('go on after the server ended the connection; each listener is told once that it may have missed some', async () => {
    const [events, keys] = [listen(), listen(API_KEYS_CHANNEL)];
    await Promise.all([toldAre(events, ['']), toldAre(keys, [''])]);
    await terminate();
    await Promise.all([toldAre(events, ['', '']), toldAre(keys, ['', ''])]);
    await notify(EVENTS_CHANNEL, 'again');
    await notify(API_KEYS_CHANNEL, 'key_1');
    await Promise.all([toldAre(events, ['', '', 'again']), toldAre(keys, ['', '', 'key_1'])]);
    expect(logged).toEqual([
      'the database does not tell of changes; looking for them meanwhile',
      'the database tells of changes again',
    ]);
  });

  it('are known to be away while the database cannot be reached, and tried for as long as it takes', async () => {
    const told = listen();
    await toldAre(told, ['']);
    await proxy.close();
    await eventually(() => expect(wakeups.isListening).toBe(false));
    const later = listen();
    proxy = await proxyTo(clone.url, Number(new URL(proxy.url).port));
    await Promise.all([toldAre(told, ['', '']), toldAre(later, [''])]);
    expect(wakeups.isListening).toBe(true);
    expect(logged.filter((line) => line.startsWith('the database does not tell'))).toHaveLength(1);
  });

  it('are not believed to be complete once the database has fallen silent, and come over another connection', async () => {
    const told = listen();
    await toldAre(told, ['']);
    proxy.silence();
    await eventually(() => expect(wakeups.isListening).toBe(false), 400);
    await eventually(() => expect(logged).toHaveLength(1));
    proxy.heal();
    await toldAre(told, ['', '']);
  });

  it('reach the others although one listener throws', async () => {
    wakeups.on(EVENTS_CHANNEL, () => {
      throw new Error('broken');
    });
    const told = listen();
    await toldAre(told, ['']);
    await notify(EVENTS_CHANNEL, 'still');
    await toldAre(told, ['', 'still']);
    expect(new Set(logged)).toEqual(new Set(['a change was not taken in']));
  });

  it('begin once there is a database, also when there was none at first', async () => {
    await proxy.close();
    const told = listen();
    await eventually(() => expect(logged).toHaveLength(1));
    proxy = await proxyTo(clone.url, Number(new URL(proxy.url).port));
    await toldAre(told, ['']);
  });

  it('end with their connection when they are closed, in the middle of a try, too', async () => {
    const told = listen();
    await toldAre(told, ['']);
    await wakeups.close();
    await wakeups.close();
    expect(wakeups.isListening).toBe(false);
    await eventually(async () => {
      const { rowCount } = await other.query("select from pg_stat_activity where application_name = 'listener'");
      expect(rowCount).toBe(0);
    });
    await proxy.close();
    const away = new Wakeups({ url: proxy.url });
    away.on(EVENTS_CHANNEL, () => undefined);
    await away.close();
    expect(away.isListening).toBe(false);
    expect(logged).toEqual([]);
  });
});
