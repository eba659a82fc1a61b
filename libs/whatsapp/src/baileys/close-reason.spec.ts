import { describe, expect, it } from '@jest/globals';
import { CredentialsUnreadableError, type CloseKind } from '#whatsapp';
import { closeReason, storeFailure, upgradeRefused } from './close-reason.js';

/** As Baileys makes its errors: the code in `output`, the node or its attributes in `data`. */
function ended(message: string, statusCode?: number, data?: unknown): Error {
  return Object.assign(new Error(message), statusCode === undefined ? {} : { output: { statusCode } }, { data });
}

function failure(reason: number, attrs: object = { reason: String(reason) }): Error {
  return ended('Connection Failure', reason, attrs);
}

function streamError(code: number, child?: { tag: string; attrs: object }): Error {
  return ended(`Stream Errored (${child?.tag ?? 'unknown'})`, code, child ?? { tag: 'stream:error', attrs: {} });
}

const conflict = (type: string): { tag: string; attrs: object } => ({ tag: 'conflict', attrs: { type } });

describe('the end of a connection', () => {
  const table: [what: string, error: unknown, kind: CloseKind, code: number | undefined][] = [
    ['stream error 515, after pairing', streamError(515), 'restart_required', 515],
    ['conflict replaced without a code', streamError(440, conflict('replaced')), 'replaced', 440],
    ['conflict replaced with some other code', streamError(401, conflict('replaced')), 'replaced', 401],
    ['stream error 440', streamError(440), 'replaced', 440],
    ['conflict device_removed', streamError(401, conflict('device_removed')), 'logged_out', 401],
    ['a login refused with 401', failure(401), 'logged_out', 401],
    ['a stream error 401 that names no reason', streamError(401), 'unavailable', 401],
    ['a login refused with 402', failure(402), 'banned', 402],
    ['a login refused with 403', failure(403), 'banned', 403],
    ['stream error 403', streamError(403), 'banned', 403],
    ['a login refused with 406', failure(406), 'banned', 406],
    ['a login refused with 500', failure(500), 'bad_session', 500],
    ['a refusal without a reason, which Baileys calls 500', failure(500, {}), 'unavailable', 500],
    ['a stream error that Baileys cannot read and calls 500', streamError(500), 'unavailable', 500],
    ['a login refused with 405', failure(405), 'client_outdated', 405],
    ['a login refused with 409', failure(409), 'client_outdated', 409],
    ['a login refused with 411', failure(411), 'client_outdated', 411],
    ['downgrade_webclient', ended('Multi-device beta not joined', 411), 'client_outdated', 411],
    ['a login refused with 400', failure(400), 'unavailable', 400],
    ['a login refused with 419', failure(419), 'unavailable', 419],
    ['a login refused with 503', failure(503), 'unavailable', 503],
    ['stream error 503', streamError(503), 'unavailable', 503],
    ['stream error 516', streamError(516), 'unavailable', 516],
    ['all codes shown and none scanned', ended('QR refs attempts ended', 408), 'qr_expired', 408],
    ['no leaf certificate', ended('invalid noise leaf certificate', 400), 'untrusted_server', 400],
    ['no intermediate certificate', ended('invalid noise intermediate certificate', 400), 'untrusted_server', 400],
    ['a bad leaf', ended('noise certificate signature invalid', 400), 'untrusted_server', 400],
    ['a bad intermediate', ended('noise intermediate certificate signature invalid', 400), 'untrusted_server', 400],
    ['another issuer', ended('certification match failed', 400), 'untrusted_server', 400],
    ['a forged account signature', ended('Failed to verify account signature', 500), 'untrusted_server', 500],
    ['a forged HMAC of the account', ended('Invalid account signature', 500), 'untrusted_server', 500],
    ['our own logout', ended('Intentional Logout', 401), 'closed', 401],
    ['a silent server', ended('Connection was lost', 408), 'unavailable', 408],
    ['a connection that was cut', ended('Connection Terminated', 428), 'unavailable', 428],
    ['an end of the stream', ended('Connection Terminated by Server', 428), 'unavailable', 428],
    ['a refused TCP connection', ended('WebSocket Error (connect ECONNREFUSED)', 408), 'unavailable', 408],
    ["a proxy's HTTP 401", ended('WebSocket Error (Unexpected server response: 401)', 401), 'unavailable', 401],
    ["a proxy's HTTP 403", ended('WebSocket Error (Unexpected server response: 403)', 403), 'unavailable', 403],
    ['a broken WebSocket frame', ended('WebSocket Error (Invalid WebSocket frame)', 500), 'unavailable', 500],
    ['a handshake that timed out', ended('Timed Out', 408), 'unavailable', 408],
    ['garbage in the handshake: no status code at all', ended('unable to authenticate data'), 'unavailable', undefined],
    ['no error', undefined, 'unavailable', undefined],
    ['a bare number', 1006, 'unavailable', undefined],
  ];

  it.each(table)('%s', (_what, error, kind, code) => {
    const reason = closeReason(error);
    expect(reason.kind).toBe(kind);
    expect(reason.code).toBe(code);
    expect(reason.message).not.toBe('');
  });

  it('an HTTP answer to the upgrade condemns nothing, whatever its number, and says what it was', () => {
    for (const status of [401, 403, 405, 429, 500, 503]) {
      expect(upgradeRefused(status)).toMatchObject({ kind: 'unavailable', code: status });
    }
  });
});

describe('the end of a connection by its credential store', () => {
  it('is bad_session for credentials that cannot be read, however deep the error lies', () => {
    const unreadable = new CredentialsUnreadableError('no key');
    expect(storeFailure(unreadable).kind).toBe('bad_session');
    expect(storeFailure(new Error('while reading', { cause: unreadable })).kind).toBe('bad_session');
  });

  it('is unavailable for a database that is away', () => {
    expect(storeFailure(new Error('connect ECONNREFUSED')).kind).toBe('unavailable');
  });
});
