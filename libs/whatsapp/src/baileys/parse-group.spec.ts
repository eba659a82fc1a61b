import { describe, expect, it } from '@jest/globals';
import type { BinaryNode } from './node.js';
import { parseGroup } from './parse-group.js';

function group(attrs: Record<string, string>, content: BinaryNode[] = []): BinaryNode {
  return { tag: 'group', attrs: { id: '120363000000000001', ...attrs }, content };
}

function node(tag: string, attrs: Record<string, string> = {}, content?: BinaryNode['content']): BinaryNode {
  return { tag, attrs, content };
}

describe('parseGroup', () => {
  it('reads a group that addresses its members by LID', () => {
    const snapshot = parseGroup(
      group(
        {
          subject: 'Volunteers',
          creation: '1700000000',
          creator: '11111111111@lid',
          creator_pn: '5511900000001@s.whatsapp.net',
          addressing_mode: 'lid',
        },
        [
          node('participant', {
            jid: '11111111111@lid',
            phone_number: '5511900000001@s.whatsapp.net',
            type: 'superadmin',
          }),
          node('participant', { jid: '22222222222:7@lid', type: 'admin' }),
          node('participant', { jid: '33333333333@lid', phone_number: '5511900000003@s.whatsapp.net' }),
          node('description', { id: 'D1' }, [node('body', {}, Buffer.from('Ação'))]),
          node('announcement'),
          node('locked'),
          node('ephemeral', { expiration: '604800' }),
          node('membership_approval_mode', {}, [node('group_join', { state: 'on' })]),
          node('member_add_mode', {}, Buffer.from('all_member_add')),
        ],
      ),
    );
    expect(snapshot).toEqual({
      groupJid: '120363000000000001@g.us',
      addressingMode: 'lid',
      subject: 'Volunteers',
      description: 'Ação',
      descriptionId: 'D1',
      isAnnounce: true,
      isLocked: true,
      joinApproval: true,
      memberAddMode: 'all_member_add',
      ephemeralSeconds: 604800,
      owner: { lid: '11111111111@lid', phoneJid: '5511900000001@s.whatsapp.net' },
      createdAtWa: 1700000000000,
      participants: [
        { lid: '11111111111@lid', phoneJid: '5511900000001@s.whatsapp.net', role: 'superadmin' },
        { lid: '22222222222@lid', role: 'admin' },
        { lid: '33333333333@lid', phoneJid: '5511900000003@s.whatsapp.net', role: 'member' },
      ],
    });
  });

  it('reads a group that addresses its members by phone number, from before there were LIDs', () => {
    const snapshot = parseGroup(
      group({ id: '5511900000001-1400000000@g.us', subject: 'Old', creator: '5511900000001@c.us' }, [
        node('participant', { jid: '5511900000001:3@s.whatsapp.net', lid: '11111111111@lid', type: 'admin' }),
        node('participant', { jid: '5511900000002@s.whatsapp.net' }),
      ]),
    );
    expect(snapshot).toEqual({
      groupJid: '5511900000001-1400000000@g.us',
      addressingMode: 'pn',
      subject: 'Old',
      description: '',
      isAnnounce: false,
      isLocked: false,
      joinApproval: false,
      memberAddMode: 'admin_add',
      ephemeralSeconds: 0,
      owner: { phoneJid: '5511900000001@s.whatsapp.net' },
      participants: [
        { lid: '11111111111@lid', phoneJid: '5511900000001@s.whatsapp.net', role: 'admin' },
        { phoneJid: '5511900000002@s.whatsapp.net', role: 'member' },
      ],
    });
  });

  it('does not count participants that WhatsApp declined as members, nor what names no user', () => {
    const snapshot = parseGroup(
      group({}, [
        node('participant', { jid: '11111111111@lid', error: '403' }),
        node('participant', { jid: 'nobody' }),
        node('participant', { jid: '22222222222@lid' }),
      ]),
    );
    expect(snapshot.participants).toEqual([{ lid: '22222222222@lid', role: 'member' }]);
  });

  it('takes text that arrives as a string for what it is', () => {
    const snapshot = parseGroup(group({}, [node('member_add_mode', {}, 'all_member_add')]));
    expect(snapshot.memberAddMode).toBe('all_member_add');
  });
});
