/** A personal invite into a group, as a message brought it. */
export interface ReceivedInvite {
  groupJid: string;
  subject: string;
  code: string;
  /** Epoch seconds. */
  expiresAt: number;
  /** Phone number (digits) of who sent it. */
  from: string;
}

interface Reader {
  resolve: (invite: ReceivedInvite) => void;
  reject: (reason: Error) => void;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** The invites that a phone was sent. */
export class Inbox {
  readonly invites: ReceivedInvite[] = [];
  private unread: (ReceivedInvite | Error)[] = [];
  private readers: Reader[] = [];

  receive(invite: ReceivedInvite): void {
    this.invites.push(invite);
    const reader = this.readers.shift();
    if (reader === undefined) this.unread.push(invite);
    else reader.resolve(invite);
  }

  /** A message came that the phone cannot read: whoever waits for one hears why. */
  fail(reason: Error): void {
    const reader = this.readers.shift();
    if (reader === undefined) this.unread.push(reason);
    else reader.reject(reason);
  }

  /** The oldest that `next` has not given out yet, or the one that comes. Rejects when none comes in time. */
  next(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<ReceivedInvite> {
    const waiting = this.unread.shift();
    if (waiting instanceof Error) return Promise.reject(waiting);
    if (waiting !== undefined) return Promise.resolve(waiting);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.readers = this.readers.filter((other) => other !== reader);
        reject(new Error(`no invite within ${timeoutMs} ms`));
      }, timeoutMs);
      const reader: Reader = {
        resolve: (invite) => {
          clearTimeout(timer);
          resolve(invite);
        },
        reject: (reason) => {
          clearTimeout(timer);
          reject(reason);
        },
      };
      this.readers.push(reader);
    });
  }
}
