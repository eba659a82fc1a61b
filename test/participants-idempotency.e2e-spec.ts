import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { eventually } from './support/eventually.js';
import { ParticipantsLab } from './support/participants-lab.js';

const SET = { tag: 'iq', type: 'set', xmlns: 'w:g2' } as const;

let lab: ParticipantsLab;
let keys = 0;

beforeAll(async () => {
  lab = await ParticipantsLab.start();
});

afterAll(() => lab.stop());

afterEach(() => lab.forget());

const send = (path: string, body: object, headers: Record<string, string> = {}) => {
  const key = `key-${(keys += 1)}`;
  return () => lab.post(path, body, { 'idempotency-key': key, ...headers });
};

/** For what `standing` is: in the group, waiting for it, or neither. */
async function groupWith(person: SimulatedPhone, standing: string): Promise<string> {
  const group = await lab.group({ approval: true, members: standing === 'member' ? [person] : [] });
  if (standing === 'waiting') person.joinByInvite(lab.me.inviteCode(group));
  return group;
}

const CASES: [string, string][] = [
  ['add', 'stranger'],
  ['remove', 'member'],
  ['promote', 'member'],
  ['approve', 'waiting'],
  ['reject', 'waiting'],
];

describe('an action on participants with an idempotency key', () => {
  it.each(CASES)('%s acts once, and tells the same outcomes again', async (action, standing) => {
    const person = lab.person();
    const group = await groupWith(person, standing);
    const call = send(`/groups/${group}/participants`, { action, participants: [person.number] });
    lab.simulator.log.clear();
    const first = await call();
    const again = await call();
    expect(first).toMatchObject({ status: 200, body: { partial: false } });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(lab.simulator.log.count(SET)).toBe(1);
  });

  it.each(CASES)('%s whose answer was lost is found out by reading, and not repeated', async (action, standing) => {
    const [person, idle] = [lab.person(), lab.person()];
    const group = await groupWith(person, standing);
    const code = lab.me.inviteCode(group);
    const call = send(`/groups/${code}/participants`, { action, participants: [person.number, idle.lid] });
    lab.simulator.faults.participantError(idle.number, 500);
    lab.simulator.faults.actThenClose(SET);
    lab.simulator.log.clear();
    expect(await call()).toMatchObject({ status: 504, body: { error: { details: { outcome: 'unknown' } } } });
    await lab.working();
    const replay = await eventually(async () => {
      const answer = await call();
      expect(answer.status).toBe(200);
      return answer;
    });
    // Who never asked, and who is no member, is as the action would have made them.
    const isSo = action === 'remove' || action === 'reject';
    expect(replay.body).toMatchObject({
      groupJid: group,
      partial: !isSo,
      participants: [
        { input: person.number, jid: person.jid, lid: person.lid, success: true },
        { input: idle.lid, lid: idle.lid, success: isSo, ...(!isSo && { error: { reason: 'unknown' } }) },
      ],
    });
    expect(lab.simulator.log.count(SET)).toBe(1);
  });

  it('says so when nobody is as the action would make them', async () => {
    const person = lab.person();
    const group = await lab.group();
    const call = send(`/groups/${group}/participants`, { action: 'add', participants: [person.number] });
    lab.simulator.faults.closeOn(SET);
    expect((await call()).status).toBe(504);
    await lab.working();
    expect(await call()).toMatchObject({ status: 504, body: { error: { details: { outcome: 'unknown' } } } });
    expect(lab.simulator.log.count({ ...SET, to: group })).toBe(1);
  });

  it('is free again after a question beforehand that was not answered', async () => {
    const person = lab.person();
    const group = await lab.group();
    const call = send(`/groups/${lab.me.inviteCode(group)}/participants`, {
      action: 'add',
      participants: [person.lid],
    });
    lab.simulator.faults.closeOn({ tag: 'iq', type: 'get', xmlns: 'w:g2', child: 'invite' });
    expect((await call()).status).toBe(503);
    // As long as it does not know of the end of its connection, the session is still said to be working.
    await eventually(async () => expect(await call()).toMatchObject({ status: 200, body: { partial: false } }));
  });

  it.each([429, 500])('is free again after a question beforehand that WhatsApp refused for now: %i', async (code) => {
    const person = lab.person();
    const group = await lab.group();
    const call = send(`/groups/${lab.me.inviteCode(group)}/participants`, {
      action: 'add',
      participants: [person.lid],
    });
    lab.simulator.faults.iqError({ tag: 'iq', type: 'get', xmlns: 'w:g2', child: 'invite' }, code, 'later');
    const first = await call();
    expect(first.status).toBe(code === 429 ? 429 : 503);
    expect(Number(first.headers.get('retry-after'))).toBeGreaterThan(0);
    lab.forget();
    expect(await call()).toMatchObject({ status: 200, body: { partial: false } });
  });

  it('is kept for approving and rejecting on their own routes', async () => {
    for (const verb of ['approve', 'reject']) {
      const person = lab.person();
      const group = await groupWith(person, 'waiting');
      const call = send(`/groups/${group}/join-requests:${verb}`, { participants: [person.lid] });
      lab.simulator.faults.actThenClose(SET);
      expect((await call()).status).toBe(504);
      await lab.working();
      await eventually(async () =>
        expect(await call()).toMatchObject({ status: 200, body: { action: verb, partial: false } }),
      );
    }
  });

  it('finds out as the preference asks on a member route', async () => {
    for (const [headers, status] of [
      [{ prefer: 'return=representation' }, 200],
      [{}, 204],
    ] as const) {
      const person = lab.person();
      const group = await lab.group();
      const call = send(`/groups/${group}/members`, { participants: [person.number] }, headers);
      lab.simulator.faults.actThenClose(SET);
      expect((await call()).status).toBe(504);
      await lab.working();
      const replay = await eventually(async () => {
        const answer = await call();
        expect(answer.status).toBe(status);
        return answer;
      });
      expect(replay.headers.get('preference-applied')).toBe(status === 200 ? 'return=representation' : null);
    }
  });
});
