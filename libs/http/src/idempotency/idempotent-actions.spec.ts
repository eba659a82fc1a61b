import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Request, Response } from 'express';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { pino } from 'pino';
import { GatewayUnavailableError } from '#errors';
import type { Claim, Claimed, IdempotencyKeys } from '#store';
import { CredentialsUnreadableError, OutcomeUnknownError } from '#whatsapp';
import { IdempotentActions } from './idempotent-actions.js';
import { NeverKnown } from './outcome-resolver.js';

const CLAIM: Claim = {
  organizationId: 'default',
  routeHash: Buffer.alloc(32),
  key: 'k',
  sessionId: 'session',
  id: 'claim',
  leaseMs: 60_000,
};

/** Remembers what it was told to store. */
class RecordedKeys {
  readonly told: string[] = [];
  away = false;

  constructor(private readonly claimed: Claimed | Error) {}

  claim(): Promise<Claimed> {
    return this.claimed instanceof Error ? Promise.reject(this.claimed) : Promise.resolve(this.claimed);
  }
  finish = () => this.tell('finish');
  prolong = () => this.tell('prolong');
  leave = () => this.tell('leave');
  release = () => this.tell('release');

  private tell(what: string): Promise<void> {
    this.told.push(what);
    return this.away ? Promise.reject(new GatewayUnavailableError('away', 5)) : Promise.resolve();
  }
}

function run(keys: RecordedKeys, act: () => unknown): Promise<unknown> {
  const actions = new IdempotentActions(keys as unknown as IdempotencyKeys, pino({ level: 'silent' }));
  const request = {
    headers: { 'idempotency-key': 'k' },
    method: 'POST',
    route: { path: '/' },
    params: { session: 'session' },
    query: {},
    user: { scope: { organizationId: 'default' } },
  } as unknown as Request;
  const response = new ServerResponse(new IncomingMessage(new Socket())) as Response;
  return actions.run(request, response, new NeverKnown(), {}, act);
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('who acts first', () => {
  it('says that it lives, three times in a lease, for as long as it takes and no longer', async () => {
    const keys = new RecordedKeys({ status: 'first', claim: CLAIM });
    let done = (_: string): void => undefined;
    const answer = run(keys, () => new Promise((resolve) => (done = resolve)));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(keys.told).toEqual(['prolong', 'prolong', 'prolong']);
    done('done');
    expect(await answer).toBe('done');
    await jest.advanceTimersByTimeAsync(600_000);
    expect(keys.told).toEqual(['prolong', 'prolong', 'prolong', 'finish']);
  });

  it('is told what came of it, even when that cannot be stored', async () => {
    const keys = new RecordedKeys({ status: 'first', claim: CLAIM });
    keys.away = true;
    expect(await run(keys, () => 'done')).toBe('done');
    const lost = new OutcomeUnknownError();
    await expect(run(keys, () => Promise.reject(lost))).rejects.toBe(lost);
    expect(keys.told).toEqual(['finish', 'leave']);
  });
});

describe('who comes after', () => {
  it('does not act, whatever is known', async () => {
    const act = jest.fn();
    for (const claimed of [
      { status: 'unresolved', claim: CLAIM },
      { status: 'running', remainingMs: 1 },
      { status: 'reused' },
      { status: 'done', outcome: Buffer.from('{"kind":"answered","response":{"body":1}}') },
    ] as const) {
      await run(new RecordedKeys(claimed), act).catch((error: unknown) => error);
    }
    expect(act).not.toHaveBeenCalled();
  });

  it('hears that it is not known, where the outcome can no longer be decrypted', async () => {
    const act = jest.fn();
    const unreadable = new CredentialsUnreadableError('another key');
    await expect(run(new RecordedKeys(unreadable), act)).rejects.toMatchObject({
      code: 'upstream_timeout',
      details: { outcome: 'unknown' },
    });
    expect(act).not.toHaveBeenCalled();
  });
});
