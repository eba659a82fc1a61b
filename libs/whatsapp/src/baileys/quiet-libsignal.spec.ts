import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Console } from 'node:console';
import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import { quietLibsignal } from './quiet-libsignal.js';

interface SessionRecord {
  closeSession(session: object): void;
  openSession(session: object): void;
  setSession(session: object): void;
  removeOldSessions(): void;
}

const record = createRequire(import.meta.url)('libsignal/src/session_record.js') as {
  new (): SessionRecord;
  createEntry(): object;
};

const PRIVATE_KEY = Buffer.from('this is a private ratchet key!!!');

function session(id: string): object {
  return Object.assign(record.createEntry(), {
    currentRatchet: { ephemeralKeyPair: { privKey: PRIVATE_KEY, pubKey: PRIVATE_KEY } },
    indexInfo: { baseKey: Buffer.from(id), closed: -1 },
  });
}

describe('§9.9: libsignal prints private keys', () => {
  const usual = globalThis.console;
  let out: PassThrough;
  const printed = (): string => String(out.read() ?? '');

  beforeEach(() => {
    out = new PassThrough();
    globalThis.console = new Console({ stdout: out, stderr: out });
  });

  afterEach(() => {
    globalThis.console = usual;
  });

  function closeAndOpenSessions(): void {
    const sessions = new record();
    const some = session('0');
    sessions.closeSession(some);
    sessions.closeSession(some);
    sessions.openSession(some);
    for (let i = 1; i < 45; i++) {
      const old = session(String(i));
      sessions.setSession(old);
      sessions.closeSession(old);
    }
    sessions.removeOldSessions();
  }

  it('does so unless it is silenced', () => {
    closeAndOpenSessions();
    expect(printed()).toContain('privKey');
  });

  it('prints nothing at all once it is silenced', () => {
    quietLibsignal();
    closeAndOpenSessions();
    expect(printed()).toBe('');
  });

  it('everybody else goes on printing, with every method', () => {
    quietLibsignal();
    quietLibsignal();
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) globalThis.console[method]('%s!', method);
    expect(printed()).toBe('log!\ninfo!\nwarn!\nerror!\ndebug!\n');
  });
});
