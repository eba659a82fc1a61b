import type { GroupSettings, UserRef } from '#whatsapp';
import { JIDS_AT_ONCE, type EventPayload } from '../events/event-payloads.js';
import type { SessionEvent } from '../events/event.record.js';
import type { EventSource } from '../events/event-source.js';
import type { RosterNews } from './roster.js';
import { isAdmin, isSameUser, jidOf, type GroupState, type StoredMember } from './stored-group.js';

/** What a change is told with. */
export interface News {
  /** Who did it; absent where nobody said. */
  actor?: UserRef;
  /** Whoever told of it may tell of it again. */
  source?: EventSource;
}

/** What was stored of a group before and after one write. */
export interface GroupDifference {
  groupJid: string;
  /** Absent: the group was not stored. */
  before?: GroupState;
  after: GroupState;
  people: RosterNews;
  /** The linked account. */
  self: UserRef;
  /** JID of who did it. */
  sender?: string;
  /** Whether it was only found out that somebody is a member, or is none, and is not the sender's doing. */
  isFoundOut(member: UserRef): boolean;
  /** The whole group was read: all of the difference was found out, but for the account's own coming. */
  isReading: boolean;
}

/** Somebody asks to join a group, or does no longer. Nothing is stored of it. */
export interface RequestNews {
  action: 'created' | 'revoked';
  participants: string[];
  method?: string;
}

type ParticipantKind = 'leave' | 'join' | 'promote' | 'demote';

const SETTING_NAMES = [
  'subject',
  'description',
  'isAnnounce',
  'isLocked',
  'joinApproval',
  'memberAddMode',
  'ephemeralSeconds',
] as const satisfies readonly (keyof GroupSettings)[];

/**
 * The events of one write, in the order in which they make the former state the new one.
 *
 * The account's own coming and going are `joined` and `left`, never `join` and `leave`. A group that it came to is there
 * to be read: what it is like, and who is in it, are no changes. Who is new and an admin is told twice, as somebody who
 * joined and was promoted.
 */
export function groupEvents(difference: GroupDifference): SessionEvent[] {
  const { groupJid, before, after, people, self, sender } = difference;
  if (!before || before.myRole === 'left') {
    return after.myRole === 'left' ? [] : [updated({ groupJid, sender, change: 'joined' })];
  }
  const doer = difference.isReading ? undefined : sender;
  const settings = changedSettings(before, after);
  const isSelf = (member: StoredMember): boolean => isSameUser(member, self);
  const changes: [ParticipantKind, StoredMember[]][] = [
    ['leave', people.left.filter((member) => !isSelf(member))],
    ['join', people.joined.filter((member) => !isSelf(member))],
    ['promote', people.promoted.filter((member) => !isSelf(member) || !isAdmin(before.myRole))],
    ['demote', people.demoted],
  ];
  return [
    ...(settings ? [updated({ groupJid, sender: doer, change: 'settings', settings })] : []),
    ...changes.flatMap(([kind, members]) => {
      const isFoundOut = (member: StoredMember): boolean =>
        (kind === 'join' || kind === 'leave') && difference.isFoundOut(member);
      const done = members.filter((member) => !isFoundOut(member));
      return [
        ...participants({ groupJid, sender: doer }, kind, done),
        ...participants({ groupJid }, kind, members.filter(isFoundOut)),
      ];
    }),
    ...(after.myRole === 'left' ? [updated({ groupJid, sender: doer, change: 'left' })] : []),
  ];
}

export function requestEvents(groupJid: string, requests: readonly RequestNews[], sender?: string): SessionEvent[] {
  return requests.flatMap(({ participants: jids, ...request }) =>
    chunks(jids).map((some) => ({
      event: 'group.join_request' as const,
      payload: { groupJid, sender, ...request, participants: some },
    })),
  );
}

function updated(payload: EventPayload<'group.update'>): SessionEvent {
  return { event: 'group.update', payload };
}

function participants(
  about: Pick<EventPayload<'group.participant'>, 'groupJid' | 'sender'>,
  kind: ParticipantKind,
  members: readonly StoredMember[],
): SessionEvent[] {
  return chunks(members.map(jidOf)).map((jids) => ({
    event: 'group.participant',
    payload: { ...about, [kind]: jids } as EventPayload<'group.participant'>,
  }));
}

function changedSettings(before: GroupSettings, after: GroupSettings): Partial<GroupSettings> | undefined {
  const changed = SETTING_NAMES.filter((name) => before[name] !== after[name]);
  return changed.length === 0 ? undefined : Object.fromEntries(changed.map((name) => [name, after[name]]));
}

function chunks(jids: readonly string[]): string[][] {
  const count = Math.ceil(jids.length / JIDS_AT_ONCE);
  return Array.from({ length: count }, (_, n) => jids.slice(n * JIDS_AT_ONCE, (n + 1) * JIDS_AT_ONCE));
}
