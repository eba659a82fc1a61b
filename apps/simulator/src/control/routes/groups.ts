import { z } from 'zod';
import type { SimulatedPhone } from '../../simulated-phone.js';
import type { Group } from '../../world/index.js';
import { defined, participants, phone } from '../fields.js';
import { describeOutcome } from '../outcome.js';
import { get, post, type ControlRequest, type Route } from '../route.js';

const EXAMPLE_PHONE = '491555000001';

function describe(group: Group): Record<string, unknown> {
  const admins = [...group.members].filter(([, role]) => role !== 'member').map(([{ phone: number }]) => number);
  return {
    jid: group.jid,
    subject: group.subject,
    addressingMode: group.addressingMode,
    members: group.members.size,
    admins,
    inviteCode: group.inviteCode,
    inviteLink: `https://chat.whatsapp.com/${group.inviteCode}`,
    announcement: group.announcement,
    locked: group.locked,
    approval: group.approval,
    memberAddMode: group.memberAddMode,
    ephemeralSeconds: group.ephemeralSeconds,
    description: group.description?.text ?? '',
    picture: group.picture !== undefined,
    joinRequests: [...group.joinRequests.keys()].map(({ phone: number }) => number),
  };
}

function memberAction(action: 'add' | 'remove' | 'promote' | 'demote'): Route {
  return post(`/groups/:gid/${action}`, {
    does: `${action} participants, as the account \`phone\``,
    body: z.strictObject({ phone, participants }),
    example: { phone: EXAMPLE_PHONE, participants: ['491555000002'] },
    run: ({ simulator, params, body }) =>
      simulator
        .phone(body.phone)
        [action](params.gid ?? '', body.participants)
        .map(describeOutcome),
  });
}

/** A change that one account makes to one group; the answer is the group as it then is. */
function change<Body extends { phone: string }>(
  name: string,
  does: string,
  body: z.ZodType<Body>,
  example: object,
  act: (person: SimulatedPhone, groupJid: string, body: Body) => void,
): Route {
  return post(`/groups/:gid/${name}`, {
    does: `${does}, as the account \`phone\``,
    body,
    example: { phone: EXAMPLE_PHONE, ...example },
    run: ({ simulator, params: { gid = '' }, body: asked }) => {
      act(simulator.phone(asked.phone), gid, asked);
      return describe(simulator.world.group(gid));
    },
  });
}

function groupOf({ simulator, params }: ControlRequest<unknown>): Group {
  return simulator.world.group(params.gid ?? '');
}

/** Groups, and what other people do in them. */
export const groupRoutes: readonly Route[] = [
  get('/groups', 'every group, with its invite; ?phone= for those of one account', ({ simulator, query }) => {
    const { world } = simulator;
    const who = query.get('phone');
    const groups = who === null ? [...world.allGroups()] : world.groupsOf(simulator.phone(who).account);
    return groups.map(describe);
  }),
  get('/groups/:gid', 'one group, with its members', (request) => {
    const group = groupOf(request);
    const members = [...group.members].map(([account, role]) => ({
      phone: account.phone,
      jid: account.phoneJid,
      lid: account.lidJid,
      role,
    }));
    return { ...describe(group), participants: members };
  }),
  post('/groups', {
    does: 'make a group, as the account `phone`',
    body: z.strictObject({
      phone,
      subject: z.string().min(1),
      participants: z.array(z.string().min(1)).optional(),
      addressingMode: z.enum(['pn', 'lid']).optional(),
      announcement: z.boolean().optional(),
      locked: z.boolean().optional(),
      approval: z.boolean().optional(),
      memberAddMode: z.enum(['admin_add', 'all_member_add']).optional(),
    }),
    example: { phone: EXAMPLE_PHONE, subject: 'Choir', participants: ['491555000002'], addressingMode: 'lid' },
    run: ({ simulator, body: { phone: acting, ...input } }) => {
      const groupJid = simulator.phone(acting).createGroup(defined(input));
      return describe(simulator.world.group(groupJid));
    },
  }),
  memberAction('add'),
  memberAction('remove'),
  memberAction('promote'),
  memberAction('demote'),
  post('/groups/:gid/leave', {
    does: 'leave, as the account `phone`',
    body: z.strictObject({ phone }),
    example: { phone: EXAMPLE_PHONE },
    run: ({ simulator, params, body }) => ({ code: simulator.phone(body.phone).leave(params.gid ?? '') }),
  }),
  change(
    'subject',
    'rename the group',
    z.strictObject({ phone, subject: z.string() }),
    { subject: 'New name' },
    (person, gid, { subject }) => person.changeSubject(gid, subject),
  ),
  change(
    'description',
    'describe the group',
    z.strictObject({ phone, text: z.string() }),
    { text: 'We sing' },
    (person, gid, { text }) => person.changeDescription(gid, text),
  ),
  change(
    'setting',
    'turn a setting on or off',
    z.strictObject({ phone, setting: z.enum(['announcement', 'locked', 'approval']), on: z.boolean() }),
    { setting: 'announcement', on: true },
    (person, gid, { setting, on }) => person.changeSetting(gid, setting, on),
  ),
  change(
    'member-add-mode',
    'say who may add members',
    z.strictObject({ phone, mode: z.enum(['admin_add', 'all_member_add']) }),
    { mode: 'all_member_add' },
    (person, gid, { mode }) => person.changeMemberAddMode(gid, mode),
  ),
  change(
    'ephemeral',
    'let messages disappear',
    z.strictObject({ phone, seconds: z.int().min(0) }),
    { seconds: 86_400 },
    (person, gid, { seconds }) => person.changeEphemeral(gid, seconds),
  ),
  change('reset-invite', 'reset the invite link', z.strictObject({ phone }), {}, (person, gid) => {
    person.resetInvite(gid);
  }),
  post('/groups/:gid/end', {
    does: 'end the group, as WhatsApp does',
    body: z.strictObject({}),
    example: {},
    run: ({ simulator, params }) => simulator.world.endGroup(params.gid ?? ''),
  }),
];
