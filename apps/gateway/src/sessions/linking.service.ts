import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import {
  AppError,
  ConflictError,
  GatewayUnavailableError,
  NotFoundError,
  RateLimitedError,
  ValidationError,
} from '#errors';
import { SessionRepository, type SessionRecord } from '#store';
import { LeaseLostError, WhatsAppRefusedError, type QrCode } from '#whatsapp';
import { commonRefusal } from './common-refusal.js';
import { SessionRegistry } from './session-registry.js';
import type { SessionRunner } from './session-runner.js';
import { SessionSupervisor } from './session-supervisor.js';

const PAIRING_CODE_DEADLINE_MS = 30_000;
/** WhatsApp does not say how long; a minute is what its own apps make people wait. */
const PAIRING_BACKOFF_SECONDS = 60;
const RESTART_SECONDS = 5;

export interface QrRequest {
  /** Seconds to wait for a code while there is none. */
  wait?: number;
  /** `expiresAt` of the code that the caller already has: only a newer one counts. */
  after?: number;
}

/** Linking a device: by a QR code that the phone scans, or by a code that is typed on the phone. */
@Injectable()
export class LinkingService {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly registry: SessionRegistry,
    private readonly supervisor: SessionSupervisor,
  ) {}

  /** Has no side effect: starts nothing, and asks WhatsApp for nothing. */
  async qr(caller: Principal, sessionId: string, { wait = 0, after = 0 }: QrRequest): Promise<QrCode> {
    const session = await this.sessions.get(caller.scope, sessionId);
    const deadline = AbortSignal.any([AbortSignal.timeout(wait * 1_000), this.registry.closing]);
    for (;;) {
      const runner = this.registry.runner(session.id);
      if (runner ? runner.isPaired : session.waJid !== undefined) throw alreadyPaired();
      const code = runner?.qr;
      if (code && code.expiresAt > after) {
        // Who has the code and looks at the session next finds it waiting for the scan.
        await this.supervisor.seen(session.id);
        return code;
      }
      if (!runner || runner.isOver || !(await changedBefore(runner, deadline)))
        throw await this.noCode(caller, session);
    }
  }

  /** Starts a session that does not run. */
  async pairingCode(caller: Principal, sessionId: string, phone: string): Promise<{ code: string; expiresAt: number }> {
    const session = await this.sessions.get(caller.scope, sessionId);
    if (session.waJid !== undefined) throw alreadyPaired();
    const runner = await this.supervisor.start(session);
    if (!runner) throw new LeaseLostError(session.id);
    const deadline = AbortSignal.any([AbortSignal.timeout(PAIRING_CODE_DEADLINE_MS), this.registry.closing]);
    try {
      return await runner.requestPairingCode(phone, deadline);
    } catch (error) {
      throw deadline.aborted ? await this.noCode(caller, session) : pairingRefusal(error);
    }
  }

  private async noCode(caller: Principal, { id }: SessionRecord): Promise<AppError> {
    if (this.registry.closing.aborted) {
      const message = 'the gateway is shutting down';
      return new GatewayUnavailableError(message, RESTART_SECONDS, { reason: 'shutting_down' });
    }
    const { status, statusReason } = await this.sessions.get(caller.scope, id);
    const running = this.registry.runner(id) !== undefined;
    return new NotFoundError('code', {
      reason: running ? 'qr_not_ready' : 'session_stopped',
      sessionStatus: status,
      ...(statusReason === undefined ? {} : { statusReason }),
    });
  }
}

function alreadyPaired(): ConflictError {
  return new ConflictError('already_paired', 'the session is linked to an account already');
}

async function changedBefore(runner: SessionRunner, deadline: AbortSignal): Promise<boolean> {
  try {
    await runner.changed(deadline);
    return true;
  } catch (error) {
    if (deadline.aborted) return false;
    throw error;
  }
}

function pairingRefusal(error: unknown): unknown {
  if (!(error instanceof WhatsAppRefusedError)) return error;
  if (error.whatsappCode === 429) {
    return new RateLimitedError(
      'WhatsApp allows no more pairing codes for this number now',
      error.backoffSeconds ?? PAIRING_BACKOFF_SECONDS,
      { reason: 'whatsapp_rate_limited' },
      { cause: error },
    );
  }
  if (isNotOfTheNumber(error)) return commonRefusal(error);
  return ValidationError.of('phone', 'WhatsApp does not accept this number for linking', { cause: error });
}

/** Whether WhatsApp refused for a reason that has nothing to do with the number: it is out of order, or restricts the account. */
function isNotOfTheNumber({ whatsappCode }: WhatsAppRefusedError): boolean {
  return whatsappCode >= 500 || whatsappCode === 463;
}
