import { describe, expect, it } from '@jest/globals';
import { NotFoundError, RateLimitedError } from '#errors';
import {
  AccountRestrictedError,
  OutcomeUnknownError,
  SessionNotConnectedError,
  WhatsAppRefusedError,
  type ParticipantResult,
} from '#whatsapp';
import { commonRefusal } from '../sessions/index.js';
import { MOST_WAITING } from './batch-pace.js';
import { ParticipantBatches, type SendChunk } from './participant-batches.js';

const jids = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => `${from + index}@lid`);
const done = (chunk: readonly string[]): ParticipantResult[] =>
  chunk.map((input) => ({ input, lid: input, code: 200 }));

/** Batches of two, whose pauses end when the test says so. */
class Rig {
  readonly closing = new AbortController();
  readonly events: string[] = [];
  private waiting: (() => void)[] = [];
  readonly batches = new ParticipantBatches(this.closing.signal, {
    chunkSize: 2,
    pause: (signal) =>
      new Promise((resolve, reject) => {
        this.events.push('pause');
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        if (signal.aborted) reject(new Error('aborted'));
        this.waiting.push(resolve);
        this.paused?.();
      }),
  });
  private paused?: () => void;

  /** Resolves at the next pause. */
  nextPause(): Promise<void> {
    return new Promise((resolve) => (this.paused = resolve));
  }

  goOn(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Ends every pause at once. */
  hurry(): this {
    this.paused = () => this.goOn();
    return this;
  }

  send = (name: string, fail?: { at: number; error: Error }) => {
    let calls = 0;
    return (chunk: readonly string[]): Promise<ParticipantResult[]> => {
      this.events.push(`${name} ${chunk.length}`);
      calls += 1;
      return fail?.at === calls ? Promise.reject(fail.error) : Promise.resolve(done(chunk));
    };
  };
}

describe('a batch', () => {
  it('pauses between chunks, and nowhere else', async () => {
    const rig = new Rig().hurry();
    const attempts = await rig.batches.run('s', jids(5), rig.send('a'));
    expect(rig.events).toEqual(['a 2', 'pause', 'a 2', 'pause', 'a 1']);
    expect(attempts).toEqual(done(jids(5)));
  });

  it('tells of each chunk which one is to follow', async () => {
    const rig = new Rig().hurry();
    const follows: (readonly string[])[] = [];
    const send: SendChunk = (chunk, next) => {
      follows.push(next);
      return Promise.resolve(done(chunk));
    };
    await rig.batches.run('s', jids(5), send);
    await rig.batches.run('s', jids(2), send);
    expect(follows).toEqual([jids(2, 2), jids(1, 4), [], []]);
  });

  it('goes at once when it fits into one chunk, whatever else is under way', async () => {
    const rig = new Rig();
    const paused = rig.nextPause();
    const large = rig.batches.run('s', jids(4), rig.send('large'));
    await paused;
    await rig.batches.run('s', jids(2), rig.send('small'));
    expect(rig.events).toEqual(['large 2', 'pause', 'small 2']);
    rig.goOn();
    await large;
  });

  it('waits for the one before it of the same session, and keeps its distance', async () => {
    const rig = new Rig().hurry();
    await Promise.all([rig.batches.run('s', jids(3), rig.send('one')), rig.batches.run('s', jids(3), rig.send('two'))]);
    expect(rig.events).toEqual(['one 2', 'pause', 'one 1', 'pause', 'two 2', 'pause', 'two 1']);
    await rig.batches.run('s', jids(3), rig.send('later'));
    expect(rig.events.slice(7)).toEqual(['later 2', 'pause', 'later 1']);
  });

  it('does not wait for another session', async () => {
    const rig = new Rig();
    const paused = rig.nextPause();
    const one = rig.batches.run('s', jids(3), rig.send('one'));
    await paused;
    const again = rig.nextPause();
    const two = rig.batches.run('t', jids(3), rig.send('two'));
    await again;
    expect(rig.events).toEqual(['one 2', 'pause', 'two 2', 'pause']);
    rig.goOn();
    await Promise.all([one, two]);
  });

  it('is not let in where too many wait; those who wait are', async () => {
    const rig = new Rig();
    const paused = rig.nextPause();
    const all = Array.from({ length: MOST_WAITING + 1 }, (_, index) =>
      rig.batches.run('s', jids(3), rig.send(String(index))),
    );
    await paused;
    await expect(rig.batches.run('s', jids(3), rig.send('late'))).rejects.toThrow(RateLimitedError);
    rig.hurry().goOn();
    expect(await Promise.all(all)).toHaveLength(MOST_WAITING + 1);
    await rig.batches.run('s', jids(3), rig.send('next'));
    expect(rig.events.filter((event) => event.startsWith('late'))).toEqual([]);
  });

  it.each<[string, Error, object]>([
    ['a limit', new RateLimitedError('slow down', 5), { missing: 'not_attempted' }],
    ['a restriction', new AccountRestrictedError(undefined), { missing: 'not_attempted' }],
    ['a lost connection', new SessionNotConnectedError('starting'), { missing: 'not_attempted' }],
    ['no answer', new OutcomeUnknownError(), { missing: 'unknown' }],
    [
      'a refusal',
      commonRefusal(new WhatsAppRefusedError(406, 'not-acceptable')),
      { missing: 'unknown', whatsappCode: 406 },
    ],
    [
      'a group that is gone',
      new NotFoundError('group', {}, { cause: new WhatsAppRefusedError(404, 'item-not-found') }),
      { missing: 'unknown', whatsappCode: 404 },
    ],
    ['something unforeseen', new TypeError('x'), { missing: 'unknown' }],
  ])('stops at %s', async (_, error, fate) => {
    const rig = new Rig().hurry();
    const attempts = await rig.batches.run('s', jids(6), rig.send('a', { at: 2, error }));
    expect(attempts).toEqual([
      ...done(jids(2)),
      ...jids(2, 2).map((input) => ({ input, ...fate })),
      ...jids(2, 4).map((input) => ({ input, missing: 'not_attempted' })),
    ]);
    expect(rig.events).toEqual(['a 2', 'pause', 'a 2']);
  });

  it('throws what the first chunk failed with', async () => {
    const error = new OutcomeUnknownError();
    const rig = new Rig().hurry();
    await expect(rig.batches.run('s', jids(5), rig.send('a', { at: 1, error }))).rejects.toBe(error);
    expect(rig.events).toEqual(['a 2']);
    expect(await rig.batches.run('s', jids(3), rig.send('b'))).toHaveLength(3);
  });

  it.each([429, 463])('stops after a chunk in which one is answered with %i', async (code) => {
    const rig = new Rig().hurry();
    const send = (chunk: readonly string[]): Promise<ParticipantResult[]> =>
      Promise.resolve(chunk.map((input, index) => ({ input, code: index === 1 ? code : 200 })));
    expect(await rig.batches.run('s', jids(4), send)).toEqual([
      { input: '0@lid', code: 200 },
      { input: '1@lid', code },
      { input: '2@lid', missing: 'not_attempted' },
      { input: '3@lid', missing: 'not_attempted' },
    ]);
  });

  it('stops when the process is about to; what waits is told so', async () => {
    const rig = new Rig();
    const paused = rig.nextPause();
    const running = rig.batches.run('s', jids(4), rig.send('a'));
    const waiting = rig.batches.run('s', jids(4), rig.send('b'));
    await paused;
    rig.closing.abort();
    expect(await running).toEqual([
      ...done(jids(2)),
      ...jids(2, 2).map((input) => ({ input, missing: 'not_attempted' })),
    ]);
    await expect(waiting).rejects.toMatchObject({ code: 'gateway_unavailable', details: { reason: 'shutting_down' } });
    expect(rig.events).toEqual(['a 2', 'pause', 'pause']);
  });
});
