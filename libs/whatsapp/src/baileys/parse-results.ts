import { UNANSWERED, type ParticipantResult, type UserRef } from '#whatsapp';
import { childOf, childrenOf, momentOf, numberOf, type BinaryNode } from './node.js';
import { participantRef } from './parse-group.js';
import { isSameUser, userRef } from './user-ref.js';

const DONE = 200;
/** For an error whose code is no number. */
const FAILED = 500;

interface Answered {
  user: UserRef;
  node: BinaryNode;
}

/**
 * What WhatsApp said of each of `inputs`, in their order. It answers with LIDs where phone JIDs were sent and names
 * the phone JID beside; where it does not even that, what is left over is matched by its place, since it answers in the
 * order in which it was asked. Which addresses are one person is told only where nobody else is left who it could be:
 * it is remembered for good. `except`: somebody in the answer who was not sent.
 */
export function parseResults(parent: BinaryNode, inputs: readonly string[], except?: UserRef): ParticipantResult[] {
  const answers = childrenOf(parent, 'participant').flatMap((node): Answered[] => {
    const user = participantRef(node.attrs);
    return user && !isSameUser(user, except) ? [{ user, node }] : [];
  });
  const sent = inputs.map((input) => ({ input, user: userRef(input) ?? {} }));
  const matched = sent.map(({ user }) => take(answers, (answer) => isSameUser(answer.user, user)));
  const missing = matched.filter((answer) => answer === undefined).length;
  const isOnlyOne = answers.length === 1;
  const byPlace = (missing === answers.length ? answers : []).map(({ user, node }): Answered => ({
    user: isOnlyOne ? user : {},
    node,
  }));
  return sent.map(({ input, user }, index) => resultOf(input, user, matched[index] ?? byPlace.shift()));
}

function take(answers: Answered[], which: (answer: Answered) => boolean): Answered | undefined {
  const index = answers.findIndex(which);
  return index < 0 ? undefined : answers.splice(index, 1)[0];
}

function resultOf(input: string, sent: UserRef, answer: Answered | undefined): ParticipantResult {
  if (!answer) return { input, ...sent, code: UNANSWERED };
  const { error } = answer.node.attrs;
  const invite = inviteOf(answer.node);
  return {
    input,
    ...sent,
    ...answer.user,
    code: error === undefined ? DONE : (numberOf(error) ?? FAILED),
    ...(invite && { invite }),
  };
}

function inviteOf(node: BinaryNode): ParticipantResult['invite'] {
  const request = childOf(node, 'add_request');
  if (request?.attrs.code === undefined) return undefined;
  const expiresAt = momentOf(request.attrs.expiration);
  return { code: request.attrs.code, ...(expiresAt !== undefined && { expiresAt }) };
}
