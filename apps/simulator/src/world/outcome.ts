import type { Account } from './account.js';
import type { PersonalInvite } from './group.js';

/** What became of one participant of a query. */
export interface Outcome {
  /** As it was sent. */
  input: string;
  /** Absent when nobody on WhatsApp has that address. */
  account?: Account;
  /** 200, or WhatsApp's code for why not. */
  code: number;
  /** With 403 and 408: an invite for just this person. */
  invite?: PersonalInvite;
}
