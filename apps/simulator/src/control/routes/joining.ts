import { z } from 'zod';
import type { JoinRequest } from '../../world/index.js';
import { participants, phone } from '../fields.js';
import { describeOutcome } from '../outcome.js';
import { get, post, type Route } from '../route.js';

const EXAMPLE_PHONE = '491555000001';

function describe({ account, at, method, requestor }: JoinRequest): unknown {
  const by = requestor && { addedBy: requestor.phone };
  return { phone: account.phone, jid: account.phoneJid, lid: account.lidJid, requestedAt: at, method, ...by };
}

function answering(action: 'approve' | 'reject'): Route {
  return post(`/groups/:gid/${action}`, {
    does: `${action} requests to join, as the account \`phone\``,
    body: z.strictObject({ phone, participants }),
    example: { phone: EXAMPLE_PHONE, participants: ['the lid of GET /groups/:gid/join-requests'] },
    run: ({ simulator, params: { gid = '' }, body }) =>
      simulator.phone(body.phone).answerRequests(gid, action, body.participants).map(describeOutcome),
  });
}

/** Coming into groups: by asking, and by personal invites. */
export const joiningRoutes: readonly Route[] = [
  post('/join', {
    does: 'join by an invite code, as the account `phone`: where admins approve newcomers, this asks to join',
    body: z.strictObject({ phone, code: z.string().min(1) }),
    example: { phone: '491555000002', code: 'the 22 characters of GET /groups' },
    run: ({ simulator, body }) => ({ status: simulator.phone(body.phone).joinByInvite(body.code) }),
  }),
  get('/groups/:gid/join-requests', 'who waits to be let in, oldest first', ({ simulator, params }) =>
    [...simulator.world.group(params.gid ?? '').joinRequests.values()].map(describe),
  ),
  answering('approve'),
  answering('reject'),
  post('/groups/:gid/withdraw', {
    does: 'take the request to join back, as the account `phone`',
    body: z.strictObject({ phone }),
    example: { phone: '491555000007' },
    run: ({ simulator, params, body }) => simulator.phone(body.phone).withdrawRequest(params.gid ?? ''),
  }),
  get('/invites', 'the personal invites that were sent to ?phone= as messages', ({ simulator, query }) => {
    const asked = z.strictObject({ phone }).parse(Object.fromEntries(query));
    return simulator.phone(asked.phone).invitesReceived;
  }),
  post('/accept-invite', {
    does: 'come in by a personal invite, as the account `phone`: its code is in the refusal of an add, or in GET /invites',
    body: z.strictObject({ phone, code: z.string().min(1) }),
    example: { phone: '491555000091', code: 'the 22 characters of the invite' },
    run: ({ simulator, body }) => ({ status: simulator.phone(body.phone).acceptPersonalInvite(body.code) }),
  }),
];
