import { beforeEach, describe, expect, it } from '@jest/globals';
import { initAuthCreds, proto, type AuthenticationCreds } from '@whiskeysockets/baileys';
import { CredentialsUnreadableError } from '#whatsapp';
import { encode } from './credential-codec.js';
import { SessionCredentials, isLinked } from './session-credentials.js';
import { MemoryCredentialStore } from './spec-support/memory-credential-store.js';

const SESSION = '01J0000000000000000000000A';

function linkedCreds(): AuthenticationCreds {
  const account = { details: Buffer.from('details'), accountSignatureKey: Buffer.alloc(32, 1) };
  const me = { id: '5511900000001:4@s.whatsapp.net', lid: '11111111111:4@lid', name: 'Ana' };
  return { ...initAuthCreds(), account, me };
}

describe('SessionCredentials', () => {
  let store: MemoryCredentialStore;
  let failures: unknown[];
  const load = (): Promise<SessionCredentials> =>
    SessionCredentials.load(store, { sessionId: SESSION, fence: 1 }, (error) => void failures.push(error));

  beforeEach(() => {
    store = new MemoryCredentialStore();
    failures = [];
  });

  it('§9.7: a session is linked when its creds have an account, whatever else they say', async () => {
    await expect(isLinked(store, SESSION)).resolves.toBe(false);
    store.put(SESSION, 'creds', '', encode({ ...initAuthCreds(), registered: true, me: linkedCreds().me }));
    await expect(isLinked(store, SESSION)).resolves.toBe(false);
    store.put(SESSION, 'creds', '', encode(linkedCreds()));
    await expect(isLinked(store, SESSION)).resolves.toBe(true);
  });

  it('§9.7: half of a pairing is discarded before a connect, its keys included', async () => {
    const half = { ...initAuthCreds(), me: linkedCreds().me };
    store.put(SESSION, 'creds', '', encode(half));
    store.put(SESSION, 'pre-key', '1', Buffer.from('{}'));
    const credentials = await load();
    expect(credentials.creds.me).toBeUndefined();
    expect(credentials.creds.advSecretKey).not.toBe(half.advSecretKey);
    expect(store.count(SESSION)).toBe(0);
  });

  it('stores nothing before a device is linked', async () => {
    const credentials = await load();
    credentials.save();
    await credentials.isStored();
    expect(store.count(SESSION)).toBe(0);
  });

  it('gives back exactly the creds that were stored', async () => {
    const credentials = await load();
    Object.assign(credentials.creds, linkedCreds(), { routingInfo: Buffer.from([1, 2]) });
    credentials.save();
    await expect(credentials.isStored()).resolves.toBe(true);
    const again = await load();
    expect(encode(again.creds)).toEqual(encode(credentials.creds));
    expect(again.creds.noiseKey.private).toBeInstanceOf(Buffer);
    expect(again.identity).toEqual({
      waJid: '5511900000001@s.whatsapp.net',
      waLid: '11111111111@lid',
      phoneNumber: '5511900000001',
    });
  });

  it('does not write creds that are stored as they are', async () => {
    store.put(SESSION, 'creds', '', encode(linkedCreds()));
    const credentials = await load();
    credentials.save();
    await credentials.isStored();
    expect(store.writes).toBe(0);
  });

  it('stores the creds as they are when their turn comes, once for many changes', async () => {
    const credentials = await load();
    Object.assign(credentials.creds, linkedCreds());
    credentials.save();
    credentials.creds.nextPreKeyId = 9;
    credentials.save();
    await credentials.isStored();
    expect(store.writes).toBe(1);
    expect((await load()).creds.nextPreKeyId).toBe(9);
  });

  it('keeps, deletes and hands out keys, and knows which are absent', async () => {
    const { keys } = (await load()).state;
    const pair = { public: Buffer.alloc(32, 1), private: Buffer.alloc(32, 2) };
    await keys.set({ 'pre-key': { '1': pair, '2': pair } });
    expect(await keys.get('pre-key', ['1', '2', '3'])).toEqual({ '1': pair, '2': pair });
    await keys.set({ 'pre-key': { '1': null } });
    expect(await keys.get('pre-key', ['1', '2'])).toEqual({ '2': pair });
  });

  it('makes app state keys whole again', async () => {
    const { keys } = (await load()).state;
    await keys.set({ 'app-state-sync-key': { k: { keyData: Buffer.from('key') } } });
    const { k } = await keys.get('app-state-sync-key', ['k']);
    expect(k).toBeInstanceOf(proto.Message.AppStateSyncKeyData);
  });

  it('writes one after the other, in the order asked', async () => {
    const { keys } = (await load()).state;
    store.hold();
    const first = keys.set({ 'lid-mapping': { a: '1' } });
    const second = keys.set({ 'lid-mapping': { a: '2' } });
    await store.reached(1);
    store.release();
    await Promise.all([first, second]);
    expect(await keys.get('lid-mapping', ['a'])).toEqual({ a: '2' });
    expect(store.mostAtOnce).toBe(1);
  });

  it('a read that fails is an error, never "no such key"', async () => {
    const { keys } = (await load()).state;
    const unreadable = new CredentialsUnreadableError('the key is not known');
    store.failReads(unreadable);
    await expect(keys.get('session', ['x'])).rejects.toBe(unreadable);
    expect(failures).toEqual([unreadable]);
  });

  it('bytes that are no credentials are unreadable, and the error does not quote them', async () => {
    store.put(SESSION, 'creds', '', Buffer.from('{"secret":'));
    await expect(load()).rejects.toBeInstanceOf(CredentialsUnreadableError);
    await expect(load()).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  });

  it('a write that fails is told, and what came of it', async () => {
    const credentials = await load();
    Object.assign(credentials.creds, linkedCreds());
    const away = new Error('connection terminated');
    store.failWrites(away);
    credentials.save();
    await expect(credentials.isStored()).resolves.toBe(false);
    expect(failures).toEqual([away]);
    await expect(credentials.state.keys.set({ 'lid-mapping': { a: '1' } })).rejects.toBe(away);
  });

  it('waits for its writes when closed, and from then on touches nothing', async () => {
    const credentials = await load();
    const { keys } = credentials.state;
    store.hold();
    const written = keys.set({ 'lid-mapping': { a: '1' } });
    await store.reached(1);
    const closed = credentials.close();
    await expect(Promise.resolve(keys.set({ 'lid-mapping': { a: '2' } }))).rejects.toThrow('closed');
    await expect(Promise.resolve(keys.get('lid-mapping', ['a']))).rejects.toThrow('closed');
    store.release();
    await Promise.all([written, closed]);
    expect(store.writes).toBe(1);
    expect(failures).toEqual([]);
  });
});
