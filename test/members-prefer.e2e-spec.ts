import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from './support/start-gateway.js';
import { ParticipantsLab } from './support/participants-lab.js';

const PREFER = { prefer: 'respond-async, Return=representation' };
const APPLIED = 'return=representation';

let lab: ParticipantsLab;

beforeAll(async () => {
  lab = await ParticipantsLab.start();
});

afterAll(() => lab.stop());

afterEach(() => lab.forget());

type Call = (group: string, who: string, headers?: Record<string, string>) => Promise<Answer>;

const add: Call = (group, who, headers = PREFER) =>
  lab.post(`/groups/${group}/members`, { participants: [who] }, headers);
const remove: Call = (group, who, headers = PREFER) =>
  lab.gateway.request('DELETE', `/api/v1/sessions/${lab.session}/groups/${group}/members/${who}`, {
    token: lab.token,
    headers,
  });
const promote: Call = (group, who, headers = PREFER) =>
  lab.post(`/groups/${group}/members/${who}/promote`, undefined, headers);
const demote: Call = (group, who, headers = PREFER) =>
  lab.post(`/groups/${group}/members/${who}/demote`, undefined, headers);

describe('the member actions with `Prefer: return=representation`', () => {
  it.each<[string, Call, boolean]>([
    ['add', add, false],
    ['add', add, true],
    ['remove', remove, true],
    ['remove', remove, false],
    ['promote', promote, true],
    ['demote', demote, true],
  ])('%s answers 200 with what became of the participant, and that it did so', async (action, call, isMember) => {
    const person = lab.person();
    const group = await lab.group({ members: isMember ? [person] : [] });
    const { status, headers, body } = await call(group, person.jid);
    expect(status).toBe(200);
    expect(headers.get('preference-applied')).toBe(APPLIED);
    expect(headers.has('x-participants-failed')).toBe(false);
    expect(body).toEqual({
      groupJid: group,
      action,
      partial: false,
      participants: [{ input: person.jid, jid: person.jid, lid: person.lid, success: true }],
    });
  });

  it.each<[string, Call, number, string]>([
    ['add', add, 403, 'privacy_blocked'],
    ['remove', remove, 405, 'unknown'],
    ['promote', promote, 404, 'not_a_member'],
    ['demote', demote, 404, 'not_a_member'],
    ['demote', demote, 405, 'unknown'],
  ])('%s answers the refusal %s for one as a result', async (_, call, code, reason) => {
    const person = lab.person();
    const group = await lab.group({ members: [person] });
    lab.simulator.faults.participantError(person.number, code);
    const { status, headers, body } = await call(group, person.jid);
    expect(status).toBe(200);
    expect(headers.get('preference-applied')).toBe(APPLIED);
    expect(body).toMatchObject({
      partial: true,
      participants: [{ jid: person.jid, success: false, error: { reason, whatsappCode: code } }],
    });
  });

  it('is not heard for a refusal of the whole, nor where another preference comes first', async () => {
    const person = lab.person();
    const theirs = await lab.group({ standing: 'member', members: [person] });
    for (const call of [add, remove, promote, demote]) {
      const { status, headers } = await call(theirs, person.jid);
      expect(status).toBe(403);
      expect(headers.has('preference-applied')).toBe(false);
    }
    const mine = await lab.group({ members: [person] });
    const { status, headers } = await promote(mine, person.jid, { prefer: 'return=minimal, return=representation' });
    expect(status).toBe(204);
    expect(headers.has('preference-applied')).toBe(false);
  });
});

describe('the member actions without it', () => {
  it('answer 204 with no more than the count of those who were declined', async () => {
    const guarded = lab.person();
    guarded.account.privacy = 'none';
    const group = await lab.group();
    const { status, headers, body } = await add(group, guarded.jid, {});
    expect([status, body]).toEqual([204, undefined]);
    expect(headers.get('x-participants-failed')).toBe('1');
    expect(headers.has('preference-applied')).toBe(false);
  });

  it.each<[string, Call, number, number]>([
    ['remove', remove, 405, 403],
    ['promote', promote, 404, 404],
    ['demote', demote, 406, 403],
    ['demote', demote, 418, 409],
    ['promote', promote, 429, 429],
  ])('%s that is refused with %i for the one answers %i', async (_, call, code, status) => {
    const person = lab.person();
    const group = await lab.group({ members: [person] });
    lab.simulator.faults.participantError(person.number, code);
    expect((await call(group, person.jid, {})).status).toBe(status);
  });
});
