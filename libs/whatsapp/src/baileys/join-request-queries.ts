import type { JoinRequest, ParticipantResult, RequestAction } from '#whatsapp';
import { get, participantNodes, set } from './group-iq.js';
import { childOf, childrenOf, element, momentOf, type BinaryNode } from './node.js';
import { participantRef } from './parse-group.js';
import { parseResults } from './parse-results.js';
import { known, type Query } from './query.js';
import { userRef } from './user-ref.js';

/** Letting somebody in takes WhatsApp longer than all else: 90 s where the others have 60. */
const PATIENCE = 1.5;

export function joinRequests(groupJid: string): Query<JoinRequest[]> {
  return {
    ...get(groupJid, element('membership_approval_requests')),
    expect: ['membership_approval_requests'],
    read: (answer) =>
      childrenOf(answer, 'membership_approval_request')
        .flatMap((request) => parseRequest(request) ?? [])
        .sort((one, other) => one.requestedAt - other.requestedAt),
  };
}

export function requestAction(
  groupJid: string,
  action: RequestAction,
  participants: readonly string[],
): Query<ParticipantResult[]> {
  const content = element(action, {}, participantNodes(participants));
  return {
    ...set(groupJid, element('membership_requests_action', {}, [content])),
    patience: PATIENCE,
    expect: ['membership_requests_action'],
    read: (answer) => {
      const results = childOf(answer, action);
      return parseResults(known(results ?? answer, childrenOf(results, 'participant').length > 0), participants);
    },
  };
}

function parseRequest({ attrs }: BinaryNode): JoinRequest | undefined {
  const user = participantRef(attrs);
  if (!user) return undefined;
  const method = attrs.request_method;
  const addedBy = userRef(attrs.requestor, attrs.requestor_pn, attrs.requestor_phone_number, attrs.requestor_lid);
  return {
    ...user,
    requestedAt: momentOf(attrs.request_time) ?? Date.now(),
    ...(method !== undefined && { method }),
    ...(addedBy && { addedBy }),
  };
}
