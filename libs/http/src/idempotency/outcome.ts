import type { Response } from 'express';
import {
  AppError,
  GatewayUnavailableError,
  RateLimitedError,
  UpstreamTimeoutError,
  type ErrorCode,
  type ErrorDetails,
} from '#errors';
import { WhatsAppRefusedError } from '#whatsapp';
import { translateError } from '../translate-error.js';
import type { RecordedResponse } from './outcome-resolver.js';

/** What came of a request: what it answered, or the error that it failed with. Errors keep no cause. */
export type Outcome =
  | { kind: 'answered'; response: RecordedResponse }
  | { kind: 'failed'; code: ErrorCode; message: string; details: ErrorDetails; retryAfterSeconds?: number };

/** What an error says of the action. */
export type Fate =
  /** Nothing was done, and nothing of it needs to be remembered. */
  | { kind: 'not_done' }
  /** Nobody knows, and it has to be found out. */
  | { kind: 'unknown' }
  | { kind: 'known'; outcome: Outcome };

export function encodeOutcome(outcome: Outcome): Buffer {
  return Buffer.from(JSON.stringify(outcome));
}

export function decodeOutcome(bytes: Buffer): Outcome {
  return JSON.parse(bytes.toString()) as Outcome;
}

/** `before`: the headers that were set when the handler began; what it has set itself belongs to its answer. */
export function answered(response: Response, before: Readonly<NodeJS.Dict<unknown>>, body: unknown): Outcome {
  const set = Object.entries(response.getHeaders()).filter(([name, value]) => before[name] !== value);
  const headers = Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
  return { kind: 'answered', response: { status: response.statusCode, headers, body } };
}

/** What `thrown` means for the action that failed with it. */
export function fateOf(thrown: unknown): Fate {
  const error = translateError(thrown);
  // A mistake of ours says nothing of how far it had got, and WhatsApp's silence nothing of what it did.
  if (!error || error.code === 'internal' || error.code === 'upstream_timeout') return { kind: 'unknown' };
  if (!wasSent(error)) return { kind: 'not_done' };
  const { code, message, details } = error;
  return { kind: 'known', outcome: { kind: 'failed', code, message, details, ...retryAfter(error) } };
}

/** The error as it was, but for its cause. */
export function restored(outcome: Extract<Outcome, { kind: 'failed' }>): AppError {
  const { code, message, details, retryAfterSeconds = 1 } = outcome;
  if (code === 'rate_limited') return new RateLimitedError(message, retryAfterSeconds, details);
  if (code === 'gateway_unavailable') return new GatewayUnavailableError(message, retryAfterSeconds, details);
  return new AppError(code, message, details);
}

/** Whether WhatsApp has seen anything of the action. `groupJid`: a group that was made before the rest of it failed. */
function wasSent({ details, cause }: AppError): boolean {
  const { whatsappCode, groupJid, applied } = details;
  const isPartlyDone = groupJid !== undefined || (Array.isArray(applied) && applied.length > 0);
  return whatsappCode !== undefined || isPartlyDone || tellsOfWhatsApp(cause);
}

function tellsOfWhatsApp(cause: unknown): boolean {
  if (cause instanceof WhatsAppRefusedError || cause instanceof UpstreamTimeoutError) return true;
  return cause instanceof Error && tellsOfWhatsApp(cause.cause);
}

function retryAfter(error: AppError): { retryAfterSeconds?: number } {
  const waits = error instanceof RateLimitedError || error instanceof GatewayUnavailableError;
  return waits ? { retryAfterSeconds: error.retryAfterSeconds } : {};
}
