import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ParticipantsLab, type Outcome } from './support/participants-lab.js';

const QUERY = { tag: 'iq', type: 'set', xmlns: 'w:g2' } as const;
const UNKNOWN_PHONE = '6289999999999';

let lab: ParticipantsLab;

beforeAll(async () => {
  lab = await ParticipantsLab.start();
});

afterAll(() => lab.stop());

afterEach(() => lab.forget());

describe('a batch (pain 13)', () => {
  const ADD = { ...QUERY, child: 'add' };
  const sizes = (): number[] =>
    lab.simulator.log.all(ADD).map(({ node }) => {
      const [add] = node.content as { content: unknown[] }[];
      return add?.content.length ?? 0;
    });
  const summary = (participants: readonly Outcome[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { success, error } of participants) {
      const key = success ? 'success' : (error?.reason ?? 'none');
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  };

  it('goes in chunks, in order, and everybody is stored', async () => {
    const people = lab.crowd(120);
    const group = await lab.group();
    lab.simulator.log.clear();
    const { partial, participants } = await lab.outcomes(
      group,
      'add',
      people.map(({ jid }) => jid),
    );
    expect(partial).toBe(false);
    expect(participants.map(({ jid }) => jid)).toEqual(people.map(({ jid }) => jid));
    expect(sizes()).toEqual([50, 50, 20]);
    expect((await lab.roles(group)).size).toBe(121);
  });

  it.each<[string, () => unknown, Record<string, number>]>([
    [
      'WhatsApp limits the chunk',
      () => lab.simulator.faults.iqError(ADD, 429, 'rate-overlimit'),
      { success: 50, not_attempted: 70 },
    ],
    [
      'WhatsApp restricts the account',
      () => lab.simulator.faults.iqError(ADD, 463, 'restricted'),
      { success: 50, not_attempted: 70 },
    ],
    [
      'the connection breaks before the answer',
      () => lab.simulator.faults.actThenClose(ADD),
      { success: 50, unknown: 50, not_attempted: 20 },
    ],
    [
      'WhatsApp refuses the chunk',
      () => lab.simulator.faults.iqError(ADD, 403, 'forbidden'),
      { success: 50, unknown: 50, not_attempted: 20 },
    ],
  ])('stops when %s', async (_, fail, expected) => {
    const people = lab.crowd(120);
    const group = await lab.group();
    lab.simulator.log.clear();
    const first = lab.simulator.log.next(ADD);
    const answer = lab.outcomes(
      group,
      'add',
      people.map(({ jid }) => jid),
    );
    await first;
    await lab.stored(group, { participantCount: 51 });
    fail();
    const { partial, participants } = await answer;
    expect(partial).toBe(true);
    expect(summary(participants)).toEqual(expected);
    expect(sizes()).toEqual([50, 50]);
    await lab.working();
  });

  it('stops after a chunk in which one is limited', async () => {
    const people = lab.crowd(60);
    const group = await lab.group();
    lab.simulator.log.clear();
    lab.simulator.faults.participantError(people[3]?.number ?? '', 429);
    const { participants } = await lab.outcomes(
      group,
      'add',
      people.map(({ jid }) => jid),
    );
    expect(summary(participants)).toEqual({ success: 49, not_attempted: 11 });
    expect(participants[3]?.error).toMatchObject({ reason: 'not_attempted', whatsappCode: 429 });
    expect(sizes()).toEqual([50]);
  });

  it.each<[string, () => unknown, object]>([
    [
      'a limit',
      () => lab.simulator.faults.iqError(ADD, 429, 'rate-overlimit', { backoff: 23 }),
      { status: 429, body: { error: { code: 'rate_limited', details: { reason: 'whatsapp_rate_limited' } } } },
    ],
    [
      'an answer that never came',
      () => lab.simulator.faults.actThenClose(ADD),
      { status: 504, body: { error: { code: 'upstream_timeout', details: { outcome: 'unknown' } } } },
    ],
  ])('answers %s of the first chunk as the error that it is', async (_, fail, expected) => {
    const group = await lab.group();
    fail();
    const people = lab.crowd(60).map(({ jid }) => jid);
    expect(await lab.act(group, 'add', people)).toMatchObject(expected);
    await lab.working();
  });

  it('answers 429 when WhatsApp limits everybody in it', async () => {
    const group = await lab.group();
    const person = lab.person();
    lab.simulator.faults.participantError(person.number, 429);
    const { status, headers } = await lab.act(group, 'add', [person.jid]);
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('answers 501 when the session is not connected', async () => {
    await lab.gateway.request('POST', `/api/v1/sessions/${lab.session}:stop`, { token: lab.token });
    for (const gid of ['120363041234567890@g.us', 'AbCdEfGhIjKlMnOpQrStUv']) {
      expect(await lab.act(gid, 'add', [UNKNOWN_PHONE])).toMatchObject({
        status: 501,
        body: { error: { details: { reason: 'session_not_connected' } } },
      });
    }
    await lab.gateway.request('POST', `/api/v1/sessions/${lab.session}:start`, { token: lab.token });
    await lab.working();
  });
});
