import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SimulatedPhone } from '#simulator';
import { OutcomeUnknownError, SessionNotConnectedError } from '#whatsapp';
import { Bench, SESSION } from './spec-support/linked.js';
import { openSockets } from './spec-support/open-sockets.js';

describe('linking a device', () => {
  let bench: Bench;
  let ada: SimulatedPhone;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
  });

  afterEach(() => bench.stop());

  const ADA = (): object => ({ waJid: ada.jid, waLid: ada.lid, phoneNumber: ada.number });

  it('shows a code that lives for a minute, and what was scanned logs in on the next connection', async () => {
    const { events } = bench.connect();
    const { code } = await events.next('qr');
    expect(code.expiresAt - Date.now()).toBeGreaterThan(55_000);
    expect(code.expiresAt - Date.now()).toBeLessThanOrEqual(60_000);
    await ada.scanQr(code.code);
    expect((await events.next('closed')).reason).toMatchObject({ kind: 'restart_required', code: 515 });
    expect(events.names).toEqual(['qr', 'paired', 'closed']);
    expect(events.all('paired')[0]?.identity).toEqual(ADA());

    const again = bench.connect();
    expect((await again.events.next('open')).identity).toEqual(ADA());
    expect(again.events.names).toEqual(['open']);
  });

  it('§9.7: is not done before its credentials are stored', async () => {
    const connector = bench.connector();
    const { events } = bench.connect();
    const { code } = await events.next('qr');
    await expect(connector.isPaired(SESSION)).resolves.toBe(false);
    bench.store.hold();
    const scanned = ada.scanQr(code.code);
    await bench.store.reached(1);
    await scanned;
    expect(events.names).toEqual(['qr']);
    bench.store.release();
    await events.next('closed');
    expect(events.names).toEqual(['qr', 'paired', 'closed']);
    await expect(connector.isPaired(SESSION)).resolves.toBe(true);
  });

  it('fails as a whole when its credentials cannot be stored, and says so', async () => {
    const { events } = bench.connect();
    const { code } = await events.next('qr');
    bench.store.failWrites(new Error('connection terminated'));
    await ada.scanQr(code.code);
    expect((await events.next('closed')).reason.kind).toBe('unavailable');
    expect(events.names).toEqual(['qr', 'closed']);
    expect(bench.log.lines).toContainEqual(expect.objectContaining({ level: 'error' }));
    await expect(bench.connector().isPaired(SESSION)).resolves.toBe(false);
  });

  it('§9.7: half of a pairing is not taken for one: the next connection shows a code again', async () => {
    const first = bench.connect();
    await first.connection.requestPairingCode(ada.number);
    bench.simulator.faults.dropAll();
    expect((await first.events.next('closed')).reason.kind).toBe('unavailable');
    const { events } = bench.connect();
    await events.next('qr');
    expect(bench.simulator.logins(ada.number)).toBe(0);
  });

  it('tells when nobody scanned any code (pain 19)', async () => {
    const { events } = bench.connect({ qrTimeoutMs: 20 });
    expect((await events.next('closed')).reason.kind).toBe('qr_expired');
    expect(events.all('qr')).toHaveLength(6);
  });

  it('§9.10: refuses a forged signature of the account', async () => {
    bench.simulator.faults.tamper('adv');
    const { events } = bench.connect();
    const scanned = ada.scanQr((await events.next('qr')).code.code);
    await expect(scanned).rejects.toThrow();
    expect((await events.next('closed')).reason.kind).toBe('untrusted_server');
    await expect(bench.connector().isPaired(SESSION)).resolves.toBe(false);
  });

  it('§9.10: refuses an identity that was not sealed for this code', async () => {
    bench.simulator.faults.tamper('hmac');
    const { events } = bench.connect();
    await expect(ada.scanQr((await events.next('qr')).code.code)).rejects.toThrow();
    expect((await events.next('closed')).reason.kind).toBe('untrusted_server');
  });

  it('by a code of eight characters, asked for before the connection is up', async () => {
    const { connection, events } = bench.connect();
    const { code, expiresAt } = await connection.requestPairingCode(ada.number);
    expect(code).toMatch(/^[1-9A-HJ-NP-TV-Z]{8}$/);
    expect(expiresAt - Date.now()).toBeGreaterThan(150_000);
    expect(expiresAt - Date.now()).toBeLessThanOrEqual(160_000);
    await ada.enterPairingCode(code);
    expect((await events.next('closed')).reason.kind).toBe('restart_required');
    expect((await events.next('paired')).identity).toEqual(ADA());
    const again = bench.connect();
    await again.events.next('open');
  });

  it('names a common browser to WhatsApp when asking for a code, which it checks, and itself on the phone', async () => {
    const { connection } = bench.connect();
    await connection.requestPairingCode(ada.number);
    const [asked] = bench.simulator.log.all({ xmlns: 'md', child: 'link_code_companion_reg' });
    expect(JSON.stringify(asked?.node, textual)).toContain('Chrome (Linux)');
  });

  it('hands on a refusal of the number, which Baileys would lose, and a code can still be scanned (pain 20)', async () => {
    const { connection, events } = bench.connect();
    await expect(connection.requestPairingCode('4915199999999')).rejects.toMatchObject({ whatsappCode: 400 });
    bench.simulator.faults.iqError({ child: 'link_code_companion_reg' }, 429, 'rate-overlimit');
    await expect(connection.requestPairingCode(ada.number)).rejects.toMatchObject({ whatsappCode: 429 });
    await ada.scanQr((await events.next('qr')).code.code);
    expect((await events.next('paired')).identity).toEqual(ADA());
  });

  it('a code that WhatsApp never confirms is not handed out (pain 20)', async () => {
    const { connection } = bench.connect({ queryTimeoutMs: 50 });
    bench.simulator.faults.silence({ child: 'link_code_companion_reg' });
    await expect(connection.requestPairingCode(ada.number)).rejects.toBeInstanceOf(OutcomeUnknownError);
  });

  it('cannot be asked of a connection that is linked, or that is closed', async () => {
    const linked = await bench.linked(ada);
    await expect(linked.connection.requestPairingCode(ada.number)).rejects.toBeInstanceOf(SessionNotConnectedError);
    const closed = bench.connect({}, '01J0000000000000000000000B');
    const asked = closed.connection.requestPairingCode(ada.number);
    await Promise.all([expect(asked).rejects.toBeInstanceOf(SessionNotConnectedError), closed.connection.close()]);
  });

  it('a device that was linked connects anew, although WhatsApp did not come to ask for it', async () => {
    const { events } = bench.connect();
    const { code } = await events.next('qr');
    // The next answer of the device is its signature: the line is cut before WhatsApp can say 515.
    bench.simulator.faults.closeOn({ tag: 'iq', type: 'result' });
    await expect(ada.scanQr(code.code)).rejects.toThrow();
    expect((await events.next('closed')).reason).toMatchObject({ kind: 'restart_required', code: 428 });
    expect(events.names).toEqual(['qr', 'paired', 'closed']);
  });

  it('does not connect anew when WhatsApp asked for it before the credentials turned out not to be stored', async () => {
    const { events } = bench.connect();
    const { code } = await events.next('qr');
    bench.store.hold();
    await ada.scanQr(code.code);
    while (openSockets() > 0) await nextTurn();
    bench.store.failWrites(new Error('connection terminated'));
    bench.store.release();
    expect((await events.next('closed')).reason.kind).toBe('unavailable');
    expect(events.names).toEqual(['qr', 'closed']);
  });
});

function textual(_key: string, value: unknown): unknown {
  const isBytes = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
  return isBytes && 'data' in value ? Buffer.from(value.data as number[]).toString('latin1') : value;
}
