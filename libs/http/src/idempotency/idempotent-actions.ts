import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { AppError, ConflictError, UpstreamTimeoutError } from '#errors';
import { IdempotencyKeys, type Claim, type Claimed, type KeyedRequest, type TenantScope } from '#store';
import { CredentialsUnreadableError } from '#whatsapp';
import { LOGGER } from '../log.module.js';
import { requestHash, routeHash } from './fingerprints.js';
import { idempotencyKeyOf } from './idempotency-key.js';
import type { OutcomeResolver } from './outcome-resolver.js';
import { answered, decodeOutcome, encodeOutcome, fateOf, restored, type Outcome } from './outcome.js';

export interface IdempotencyOptions {
  /** The parameter of the path that names the session; `session` unless given. */
  parameter?: string;
  /** Whether that parameter may also be the session's label. */
  byLabel?: boolean;
  /** How long WhatsApp may take to answer the longest of the route's stanzas; 60 unless given. */
  stanzaSeconds?: number;
}

export const REPLAYED = 'Idempotency-Replayed';

/** Runs actions that carry an idempotency key: each at most once, whoever sends it again, and whatever dies meanwhile. */
@Injectable()
export class IdempotentActions {
  constructor(
    private readonly keys: IdempotencyKeys,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** What `act` comes to, or came to when it was asked for before. `request` has been validated. */
  async run(
    request: Request,
    response: Response,
    resolver: OutcomeResolver,
    options: IdempotencyOptions,
    act: () => unknown,
  ): Promise<unknown> {
    const claimed = await this.claim(keyedRequest(request, options));
    switch (claimed.status) {
      case 'first':
        return this.whileAlive(claimed.claim, () => this.act(claimed.claim, response, act));
      case 'unresolved':
        return this.whileAlive(claimed.claim, () => this.resolve(claimed.claim, request, response, resolver));
      case 'done':
        return replay(decodeOutcome(claimed.outcome), response);
      case 'running':
        response.setHeader('Retry-After', Math.max(1, Math.ceil(claimed.remainingMs / 1_000)));
        throw new ConflictError('idempotency_key_in_use', 'the first request with this key is still running');
      case 'reused':
        throw new ConflictError('idempotency_key_reused', 'this key was used for another request');
    }
  }

  private async claim(request: KeyedRequest): Promise<Claimed> {
    try {
      return await this.keys.claim(request);
    } catch (error) {
      // It was stored under a key that this gateway no longer has.
      throw error instanceof CredentialsUnreadableError ? unknown({ cause: error }) : error;
    }
  }

  private async act(claim: Claim, response: Response, act: () => unknown): Promise<unknown> {
    const before = { ...response.getHeaders() };
    let result: unknown;
    try {
      result = await act();
    } catch (error) {
      await this.record(claim, () => this.recordFailure(claim, error));
      throw error;
    }
    await this.record(claim, () => this.keys.finish(claim, encodeOutcome(answered(response, before, result))));
    return result;
  }

  private recordFailure(claim: Claim, error: unknown): Promise<void> {
    const fate = fateOf(error);
    if (fate.kind === 'not_done') return this.keys.release(claim);
    return fate.kind === 'unknown' ? this.keys.leave(claim) : this.keys.finish(claim, encodeOutcome(fate.outcome));
  }

  private async resolve(
    claim: Claim,
    request: Request,
    response: Response,
    resolver: OutcomeResolver,
  ): Promise<unknown> {
    const { params, query, headers } = request;
    const asked = { scope: scopeOf(request), sessionId: claim.sessionId, params, query, body: request.body as unknown };
    let found;
    try {
      found = await resolver.resolve({ ...asked, params: params as Record<string, string>, headers });
    } catch (error) {
      const level = error instanceof AppError ? 'warn' : 'error';
      this.logger[level]({ sessionId: claim.sessionId, err: error }, 'what became of an action could not be found out');
    }
    if (!found) {
      await this.record(claim, () => this.keys.leave(claim));
      response.setHeader(REPLAYED, 'true');
      throw unknown();
    }
    const outcome: Outcome = { kind: 'answered', response: { status: response.statusCode, ...found } };
    await this.record(claim, () => this.keys.finish(claim, encodeOutcome(outcome)));
    return replay(outcome, response);
  }

  /** Says again and again that the owner of the claim lives, for as long as `work` takes. */
  private async whileAlive<T>(claim: Claim, work: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => void this.record(claim, () => this.keys.prolong(claim)), claim.leaseMs / 3);
    timer.unref();
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  /**
   * What is to be remembered never changes what the client is told: the action is done or not all the same. A claim of
   * which nothing more is heard is resolved once its deadline has passed.
   */
  private async record(claim: Claim, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.logger.error({ sessionId: claim.sessionId, err: error }, 'what became of an action could not be stored');
    }
  }
}

function keyedRequest(request: Request, options: IdempotencyOptions): KeyedRequest {
  const { parameter = 'session', byLabel = false, stanzaSeconds = 60 } = options;
  return {
    scope: scopeOf(request),
    session: String(request.params[parameter]),
    byLabel,
    routeHash: routeHash(request),
    key: idempotencyKeyOf(request),
    requestHash: requestHash(request),
    leaseMs: stanzaSeconds * 1_000,
  };
}

function unknown(options?: ErrorOptions): UpstreamTimeoutError {
  return new UpstreamTimeoutError('what became of the first request with this key is not known', {}, options);
}

/** The guard has put the caller on the request. */
function scopeOf(request: Request): TenantScope {
  const { user } = request as { user?: { scope: TenantScope } };
  if (!user) throw new Error('@Idempotent() on a public route');
  return user.scope;
}

function replay(outcome: Outcome, response: Response): unknown {
  response.setHeader(REPLAYED, 'true');
  if (outcome.kind === 'failed') throw restored(outcome);
  const { status, headers = {}, body } = outcome.response;
  if (status !== undefined) response.status(status);
  response.set(headers);
  return body;
}
