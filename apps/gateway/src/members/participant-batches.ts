import { Logger } from '@nestjs/common';
import { AppError, GatewayUnavailableError, RateLimitedError } from '#errors';
import { SessionNotConnectedError, WhatsAppRefusedError, type ParticipantResult } from '#whatsapp';
import { BATCH_PACE, type BatchPace } from './batch-pace.js';
import { BatchQueue } from './batch-queue.js';
import { isLimit } from './participant-reasons.js';

/** Whom WhatsApp did not answer for. */
export interface Unanswered {
  /** The JID that was, or was to be, sent. */
  input: string;
  /** `unknown`: it was sent, and no answer came or one (`whatsappCode`) that refused the whole chunk. */
  missing: 'not_attempted' | 'unknown';
  whatsappCode?: number;
}

export type Attempt = ParticipantResult | Unanswered;

/**
 * Sends one chunk, which is one stanza; `next` is the one to follow, after a pause, and empty after the last. Fails with
 * what a client is to be told.
 */
export type SendChunk = (jids: readonly string[], next: readonly string[]) => Promise<readonly ParticipantResult[]>;

const RESTART_SECONDS = 5;

/**
 * Sends an action on many people in chunks, with pauses in between. A session has one batch under way at a time, so that
 * two do not double the pace; what fits into one chunk goes at once. A batch stops at the first sign that it should: a
 * limit of WhatsApp's or of ours, a lost connection, a chunk that was refused or never answered, our own shutdown.
 */
export class ParticipantBatches {
  private readonly logger = new Logger('Participants');
  private readonly queue = new BatchQueue();

  constructor(
    /** Fires when the process begins to stop. */
    private readonly closing: AbortSignal,
    private readonly pace: BatchPace = BATCH_PACE,
  ) {}

  /** How many go in one stanza. */
  get chunkSize(): number {
    return this.pace.chunkSize;
  }

  /** In the order of `jids`. Throws what the first chunk failed with: then nothing is known to be done. */
  async run(sessionId: string, jids: readonly string[], send: SendChunk): Promise<Attempt[]> {
    if (jids.length <= this.chunkSize) return [...(await send(jids, []))];
    return this.queue.run(sessionId, (follows) => this.inChunks(sessionId, jids, send, follows));
  }

  private async inChunks(
    sessionId: string,
    jids: readonly string[],
    send: SendChunk,
    follows: boolean,
  ): Promise<Attempt[]> {
    const attempts: Attempt[] = [];
    while (attempts.length < jids.length) {
      const isFirst = attempts.length === 0;
      const left = jids.slice(attempts.length);
      const chunk = left.slice(0, this.chunkSize);
      try {
        if (follows || !isFirst) await this.pause();
        const results = await send(chunk, left.slice(this.chunkSize, 2 * this.chunkSize));
        attempts.push(...results);
        if (results.some(({ code }) => isLimit(code))) break;
      } catch (error) {
        if (isFirst) throw error;
        this.logger.warn({ msg: 'a batch stopped', sessionId, done: attempts.length, left: left.length, err: error });
        const fate = fateOf(error);
        attempts.push(...chunk.map((input) => ({ input, ...fate })));
        break;
      }
    }
    const left = jids.slice(attempts.length);
    return [...attempts, ...left.map((input) => ({ input, missing: 'not_attempted' as const }))];
  }

  private async pause(): Promise<void> {
    try {
      await this.pace.pause(this.closing);
    } catch (cause) {
      throw new ShuttingDownError(cause);
    }
  }
}

/** Nothing was sent. */
class ShuttingDownError extends GatewayUnavailableError {
  constructor(cause: unknown) {
    super('the gateway is shutting down', RESTART_SECONDS, { reason: 'shutting_down' }, { cause });
  }
}

/** What is known of the participants of a chunk that failed as a whole. */
function fateOf(error: unknown): Omit<Unanswered, 'input'> {
  const details = error instanceof AppError ? error.details : {};
  const untouched =
    error instanceof RateLimitedError ||
    error instanceof SessionNotConnectedError ||
    error instanceof ShuttingDownError ||
    details.reason === 'account_restricted';
  if (untouched) return { missing: 'not_attempted' };
  const whatsappCode = codeBehind(error);
  return { missing: 'unknown', ...(whatsappCode !== undefined && { whatsappCode }) };
}

/** Not every refusal tells its code to clients. */
function codeBehind(error: unknown): number | undefined {
  if (error instanceof WhatsAppRefusedError) return error.whatsappCode;
  return error instanceof Error ? codeBehind(error.cause) : undefined;
}
