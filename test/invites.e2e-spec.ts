import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Simulator, SimulatedPhone } from '#simulator';
import { eventually } from './support/eventually.js';
import { LinkedRig } from './support/linked-rig.js';
import type { TestGateway } from './support/start-gateway.js';

const GROUP_QUERY = { tag: 'iq', xmlns: 'w:g2' } as const;
const UNKNOWN = 'AbCdEfGhIjKlMnOpQrStUv';

let rig: LinkedRig;
let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let session: string;
let me: SimulatedPhone;
let owner: SimulatedPhone;
let ada: SimulatedPhone;

beforeAll(async () => {
  rig = await LinkedRig.start(({ person }) => {
    owner = person('Owner');
    ada = person('Ada');
  });
  ({ simulator, gateway, token, session, me } = rig);
});

afterAll(() => rig.stop());

beforeEach(() => simulator.log.clear());
afterEach(() => rig.forget());

const root = (): string => `/api/v1/sessions/${session}`;
const preview = (invite: string, key = token) =>
  gateway.request('GET', `${root()}/invites/${encodeURIComponent(invite)}`, { token: key });
const join = (invite: string) => gateway.request('POST', `${root()}/groups:join`, { token, body: { invite } });
const group = (jid: string) => gateway.request('GET', `${root()}/groups/${jid}`, { token });

function invalid(path: string): object {
  return { status: 400, body: { error: { code: 'validation_error', details: { fields: [{ path }] } } } };
}

describe('what an invite leads to', () => {
  it('is told without joining, by code and by link', async () => {
    const jid = owner.createGroup({ subject: 'Open', participants: [ada.jid], announcement: true, approval: true });
    owner.changeDescription(jid, 'About');
    const code = owner.inviteCode(jid);
    for (const invite of [code, `https://chat.whatsapp.com/${code}`, `chat.whatsapp.com/invite/${code}`]) {
      const { status, body } = await preview(invite);
      expect(status).toBe(200);
      expect(body).toEqual({
        groupJid: jid,
        subject: 'Open',
        description: 'About',
        ownerJid: owner.jid,
        isAnnounce: true,
        isLocked: false,
        joinApproval: true,
        participants: 2,
      });
    }
    expect(simulator.log.count(GROUP_QUERY)).toBe(3);
    expect((await group(jid)).status).toBe(404);
  });

  it('needs `read` and nothing more', async () => {
    const code = owner.inviteCode(owner.createGroup({ subject: 'Read' }));
    expect((await preview(code, await gateway.apiKey(['read']))).status).toBe(200);
    expect((await preview(code, await gateway.apiKey(['send']))).status).toBe(403);
  });

  it.each(['short', 'https://example.com/AbCdEfGhIjKlMnOpQrStUv', 'not an invite', 'AbCdEfGhIjKlMnOpQrSt!'])(
    'answers 400 for %p, and asks nothing',
    async (invite) => {
      expect(await preview(invite)).toMatchObject(invalid('code'));
      expect(simulator.log.count(GROUP_QUERY)).toBe(0);
    },
  );

  it('answers 400 for an invite that there is not, or no longer', async () => {
    const jid = owner.createGroup({ subject: 'Reset' });
    const old = owner.inviteCode(jid);
    owner.resetInvite(jid);
    expect(await preview(UNKNOWN)).toMatchObject(invalid('code'));
    expect(await preview(old)).toMatchObject(invalid('code'));
  });

  it.each([401, 403])('answers 403 where WhatsApp does not let the account in (%i)', async (code) => {
    simulator.faults.iqError({ ...GROUP_QUERY, child: 'invite' }, code, 'forbidden');
    expect(await preview(UNKNOWN)).toMatchObject({
      status: 403,
      body: { error: { details: { reason: 'refused_by_whatsapp', whatsappCode: code } } },
    });
  });

  it('answers 404 for a session of another organization', async () => {
    const stranger = await gateway.apiKey(['read'], { organizationId: 'another' });
    expect(await preview(UNKNOWN, stranger)).toMatchObject({ status: 404 });
  });

  it('leaves no invite in the log', async () => {
    const code = owner.inviteCode(owner.createGroup({ subject: 'Secret' }));
    await preview(code);
    await preview(`https://chat.whatsapp.com/${code}`);
    await join(code);
    expect(JSON.stringify(gateway.log)).not.toContain(code);
  });
});

describe('joining a group that approves its members', () => {
  it('is pending, asked once or twice, until an admin approves; then the group appears', async () => {
    const jid = owner.createGroup({ subject: 'Closed', approval: true });
    const code = owner.inviteCode(jid);
    const pending = { status: 200, body: { groupJid: jid, status: 'pending_approval' } };
    expect(await join(code)).toMatchObject(pending);
    expect(await join(`https://chat.whatsapp.com/${code}`)).toMatchObject(pending);
    expect((await group(jid)).status).toBe(404);
    expect(owner.joinRequests(jid)).toHaveLength(1);
    expect(owner.answerRequests(jid, 'approve', [me.lid])).toMatchObject([{ code: 200 }]);
    await eventually(async () =>
      expect(await group(jid)).toMatchObject({
        status: 200,
        body: { subject: 'Closed', myRole: 'member', participantCount: 2, joinApproval: true },
      }),
    );
    expect((await join(code)).body).toEqual({ groupJid: jid });
  });
});

describe('a session that is not connected', () => {
  it('answers 501 for the preview of an invite, and 400 for what is none', async () => {
    await gateway.request('POST', `${root()}:stop`, { token });
    expect((await preview(UNKNOWN)).status).toBe(501);
    expect((await preview('short')).status).toBe(400);
  });
});
