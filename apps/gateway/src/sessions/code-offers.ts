import { Injectable, Logger } from '@nestjs/common';
import { EventLog, type SessionRecord } from '#store';
import { SessionStates } from './session-states.js';

/** By which way a device can be linked with a code: one that is scanned, or one that is typed. */
export type CodeEvent = 'auth.qr' | 'auth.code';

interface Offer {
  organizationId: string;
  sessionId: string;
  event: CodeEvent;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/**
 * Tells that a code was offered, never which. Linking does not wait for it: what the database does not take is logged,
 * and the next code is told in its turn. Of each kind one is on its way and the newest waits, however long that takes.
 * What the session came to before, by which the code came about, is told before it.
 */
@Injectable()
export class CodeOffers {
  private readonly logger = new Logger(CodeOffers.name);
  /** Kinds that are being told, each with what is to be told next. */
  private readonly telling = new Map<string, Offer | undefined>();

  constructor(
    private readonly log: EventLog,
    private readonly states: SessionStates,
  ) {}

  tell(session: Pick<SessionRecord, 'id' | 'organizationId'>, event: CodeEvent, expiresAt: number): void {
    const key = `${session.id} ${event}`;
    const isTelling = this.telling.has(key);
    this.telling.set(key, { sessionId: session.id, organizationId: session.organizationId, event, expiresAt });
    if (!isTelling) void this.tellAll(key);
  }

  private async tellAll(key: string): Promise<void> {
    for (let offer = this.telling.get(key); offer; offer = this.telling.get(key)) {
      this.telling.set(key, undefined);
      await this.append(offer);
    }
    this.telling.delete(key);
  }

  private async append({ expiresAt, ...event }: Offer): Promise<void> {
    try {
      await this.states.save(event.sessionId, {});
      await this.log.append([{ ...event, payload: { expiresAt } }]);
    } catch (error) {
      const { event: name, sessionId } = event;
      this.logger.error({ msg: 'a code was offered and not told', sessionId, event: name, err: error });
    }
  }
}
