import { describe, expect, it } from '@jest/globals';
import type { GroupChange } from '#whatsapp';
import type { BinaryNode } from './node.js';
import { parseGroupNotification } from './parse-notification.js';

const ACTOR = { lid: '11111111111@lid', phoneJid: '5511900000001@s.whatsapp.net' };
const OTHER = { lid: '22222222222@lid', phoneJid: '5511900000002@s.whatsapp.net' };

function node(tag: string, attrs: Record<string, string> = {}, content?: BinaryNode['content']): BinaryNode {
  return { tag, attrs, content };
}

const actorNode = node('participant', { jid: ACTOR.lid, phone_number: ACTOR.phoneJid });
const otherNode = node('participant', { jid: OTHER.lid, phone_number: OTHER.phoneJid });

function notification(children: BinaryNode[], attrs: Record<string, string> = {}): BinaryNode {
  const common = { from: '120363000000000001@g.us', type: 'w:gp2', id: '1', t: '1700000000' };
  return node(
    'notification',
    { ...common, participant: ACTOR.lid, participant_pn: ACTOR.phoneJid, addressing_mode: 'lid', ...attrs },
    children,
  );
}

function changes(...children: BinaryNode[]): GroupChange[] {
  return parseGroupNotification(notification(children)).changes;
}

describe('parseGroupNotification', () => {
  it('says which group, who did it, when, how members are addressed, and by what it is known again', () => {
    expect(parseGroupNotification(notification([node('locked')]))).toEqual({
      id: '1',
      groupJid: '120363000000000001@g.us',
      actor: ACTOR,
      at: 1700000000000,
      addressingMode: 'lid',
      changes: [{ type: 'settings', settings: { isLocked: true } }],
    });
  });

  it('does without an actor and a time', () => {
    const bare = node('notification', { from: '120363000000000001@g.us', type: 'w:gp2' }, [node('delete')]);
    expect(parseGroupNotification(bare, 42)).toEqual({
      groupJid: '120363000000000001@g.us',
      at: 42,
      changes: [{ type: 'deleted' }],
    });
  });

  it('tells every child of the stanza, in order', () => {
    expect(
      changes(node('promote', {}, [otherNode]), node('announcement'), node('brand_new')).map((c) => c.type),
    ).toEqual(['promoted', 'settings', 'unknown']);
  });

  const table: [what: string, child: BinaryNode, expected: GroupChange[]][] = [
    [
      'add, with the role that the new member has',
      node('add', {}, [node('participant', { jid: OTHER.lid, type: 'admin' })]),
      [{ type: 'added', participants: [{ lid: OTHER.lid, role: 'admin' }] }],
    ],
    ['remove', node('remove', {}, [otherNode]), [{ type: 'removed', participants: [OTHER] }]],
    ['remove by the one who is gone', node('remove', {}, [actorNode]), [{ type: 'left', participants: [ACTOR] }]],
    [
      'remove of the actor and of another',
      node('remove', {}, [actorNode, otherNode]),
      [
        { type: 'left', participants: [ACTOR] },
        { type: 'removed', participants: [OTHER] },
      ],
    ],
    ['leave', node('leave', {}, [otherNode]), [{ type: 'left', participants: [OTHER] }]],
    ['promote', node('promote', {}, [otherNode]), [{ type: 'promoted', participants: [OTHER] }]],
    ['demote', node('demote', {}, [otherNode]), [{ type: 'demoted', participants: [OTHER] }]],
    ['modify', node('modify', {}, [otherNode]), [{ type: 'renumbered', from: ACTOR, to: OTHER }]],
    ['modify that names nobody', node('modify'), [{ type: 'unknown', tag: 'modify' }]],
    ['subject', node('subject', { subject: 'New' }), [{ type: 'settings', settings: { subject: 'New' } }]],
    [
      'description',
      node('description', { id: 'D2' }, [node('body', {}, Buffer.from('text'))]),
      [{ type: 'settings', settings: { description: 'text' }, descriptionId: 'D2' }],
    ],
    [
      'description that was deleted',
      node('description', { id: 'D3', delete: 'true' }),
      [{ type: 'settings', settings: { description: '' }, descriptionId: 'D3' }],
    ],
    ['announcement', node('announcement'), [{ type: 'settings', settings: { isAnnounce: true } }]],
    ['not_announcement', node('not_announcement'), [{ type: 'settings', settings: { isAnnounce: false } }]],
    ['locked', node('locked'), [{ type: 'settings', settings: { isLocked: true } }]],
    ['unlocked', node('unlocked'), [{ type: 'settings', settings: { isLocked: false } }]],
    [
      'ephemeral',
      node('ephemeral', { expiration: '86400' }),
      [{ type: 'settings', settings: { ephemeralSeconds: 86400 } }],
    ],
    ['not_ephemeral', node('not_ephemeral'), [{ type: 'settings', settings: { ephemeralSeconds: 0 } }]],
    [
      'member_add_mode',
      node('member_add_mode', {}, Buffer.from('all_member_add')),
      [{ type: 'settings', settings: { memberAddMode: 'all_member_add' } }],
    ],
    [
      'membership_approval_mode on',
      node('membership_approval_mode', {}, [node('group_join', { state: 'on' })]),
      [{ type: 'settings', settings: { joinApproval: true } }],
    ],
    [
      'membership_approval_mode off',
      node('membership_approval_mode', {}, [node('group_join', { state: 'off' })]),
      [{ type: 'settings', settings: { joinApproval: false } }],
    ],
    ['delete', node('delete'), [{ type: 'deleted' }]],
    ['invite, without its code', node('invite', { code: 'AAAAAAAAAAAAAAAAAAAAAA' }), [{ type: 'invite_reset' }]],
    [
      'created_membership_requests by the one who asks',
      node('created_membership_requests', { request_method: 'invite_link' }),
      [{ type: 'join_requested', participants: [ACTOR], method: 'invite_link' }],
    ],
    [
      'created_membership_requests that names whom it is for',
      node('created_membership_requests', { request_method: 'non_admin_add' }, [
        node('requested_user', { jid: OTHER.lid, phone_number: OTHER.phoneJid }),
      ]),
      [{ type: 'join_requested', participants: [OTHER], method: 'non_admin_add' }],
    ],
    [
      'revoked_membership_requests',
      node('revoked_membership_requests', {}, [otherNode]),
      [{ type: 'join_request_revoked', participants: [OTHER] }],
    ],
    ['a tag that nobody knows', node('growth_locked'), [{ type: 'unknown', tag: 'growth_locked' }]],
    ['create without its group', node('create'), [{ type: 'unknown', tag: 'create' }]],
  ];

  it.each(table)('%s', (_what, child, expected) => {
    expect(changes(child)).toEqual(expected);
  });

  it('create, which is also how one is told of being added', () => {
    const group = node('group', { id: '120363000000000001', subject: 'New' }, [otherNode]);
    expect(changes(node('create', {}, [group]))).toMatchObject([
      { type: 'created', group: { groupJid: '120363000000000001@g.us', subject: 'New', participants: [OTHER] } },
    ]);
  });
});
