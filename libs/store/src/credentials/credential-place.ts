/** Whose a stored secret is. Ids of webhooks begin with `wh_`: no session has the same. */
export interface CredentialOwner {
  type: 'session' | 'webhook';
  id: string;
}

/** Where a value is stored. It is part of the seal, so that rows cannot be exchanged. */
export interface CredentialPlace {
  owner: CredentialOwner;
  kind: string;
  id: string;
}

export function sessionPlace(sessionId: string, kind: string, id: string): CredentialPlace {
  return { owner: { type: 'session', id: sessionId }, kind, id };
}

/** For people: `session 01J…`. */
export function ownerName({ type, id }: CredentialOwner): string {
  return `${type} ${id}`;
}

/** Unambiguous whatever characters the parts hold. */
export function addressOf({ owner, kind, id }: CredentialPlace): Buffer {
  return Buffer.from(JSON.stringify([owner.id, kind, id]));
}
