import { Injectable } from '@nestjs/common';
import type { AccountIdentity, GroupNotification, SessionLease, UserRef, WhatsAppClient } from '#whatsapp';

/** A session that is connected, as those see it who follow what WhatsApp tells. */
export interface LiveSession {
  id: string;
  self: UserRef;
  client: WhatsAppClient;
}

/** Told, in order, what happens on the connections of this process. Nobody waits for what the methods begin, but where said. */
export interface SessionObserver {
  /** `lease`: under which it is connected, until `closed`. */
  opened(session: LiveSession, lease: SessionLease): void;
  /**
   * May come before `opened`: WhatsApp replays what was missed while it logs the device in. WhatsApp keeps the
   * notification until this resolves, and tells it again at the next login if it did not.
   */
  notified(session: LiveSession, notification: GroupNotification): void | Promise<void>;
  groupsDirty(session: LiveSession): void;
  closed(sessionId: string): void;
}

/** Where a feature registers for what happens on connections; sessions themselves know no other feature. */
@Injectable()
export class SessionObservers {
  private readonly observers: SessionObserver[] = [];

  add(observer: SessionObserver): void {
    this.observers.push(observer);
  }

  each(tell: (observer: SessionObserver) => void): void {
    this.observers.forEach(tell);
  }

  /** Resolves when all of them are done with it; rejects when one of them cannot be. */
  async notified(session: LiveSession, notification: GroupNotification): Promise<void> {
    await Promise.all(this.observers.map(async (observer) => observer.notified(session, notification)));
  }
}

export function selfOf(identity: AccountIdentity): UserRef {
  return identity.waLid === undefined
    ? { phoneJid: identity.waJid }
    : { phoneJid: identity.waJid, lid: identity.waLid };
}
