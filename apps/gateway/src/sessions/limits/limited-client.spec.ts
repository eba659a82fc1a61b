import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RateLimitedError } from '#errors';
import {
  AccountRestrictedError,
  OutcomeUnknownError,
  WhatsAppRefusedError,
  type GroupSnapshot,
  type ParticipantResult,
  type WhatsAppClient,
} from '#whatsapp';
import { LimitedClient } from './limited-client.js';
import { SessionLimits } from './session-limits.js';

const GROUP = '1@g.us';
const ADA = '6281@s.whatsapp.net';

/** A client that notes what it sends, and answers what a spec decides on. */
class Rig {
  readonly sent: string[] = [];
  answer: () => Promise<unknown> = () => Promise.resolve([]);
  readonly limits = new SessionLimits({ ratePerMin: 100, ratePerHour: 1_000 }, () => undefined);
  client = this.connect();

  connect(): LimitedClient {
    const inner = new Proxy({} as WhatsAppClient, {
      get: (_, method: string) => () => {
        this.sent.push(method);
        return this.answer();
      },
    });
    return (this.client = new LimitedClient(inner, this.limits));
  }

  refuse(code: number, options: { backoff?: number; until?: number } = {}): void {
    const { backoff, until } = options;
    this.answer = () => Promise.reject(new WhatsAppRefusedError(code, 'refused', backoff, { restrictedUntil: until }));
  }

  obey(answer: unknown = []): void {
    this.answer = () => Promise.resolve(answer);
  }

  add(): Promise<ParticipantResult[]> {
    return this.client.updateMembers(GROUP, 'add', [ADA]);
  }

  read(): Promise<GroupSnapshot> {
    return this.client.fetchGroup(GROUP);
  }
}

let rig: Rig;

beforeEach(() => {
  jest.useFakeTimers();
  rig = new Rig();
});
afterEach(() => {
  jest.useRealTimers();
});

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the rates of a session', () => {
  it('send nothing beyond them, and say when there is more', async () => {
    rig.limits.use({ ratePerMin: 2, ratePerHour: 1_000 });
    await rig.add();
    await rig.client.leaveGroup(GROUP);
    const error = await failure(rig.client.joinGroup('code'));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterSeconds: 30, details: { reason: 'session_rate_limited' } });
    expect(rig.sent).toEqual(['updateMembers', 'leaveGroup']);
  });

  it('hold at once when they are changed', async () => {
    rig.limits.use({ ratePerMin: 1, ratePerHour: 1_000 });
    await rig.add();
    expect(await failure(rig.add())).toBeInstanceOf(RateLimitedError);
    rig.limits.use({ ratePerMin: 3, ratePerHour: 1_000 });
    await rig.add();
    expect(rig.sent).toHaveLength(2);
  });

  it('are not for reads', async () => {
    rig.limits.use({ ratePerMin: 1, ratePerHour: 1 });
    for (let n = 0; n < 20; n++) await rig.read();
    await rig.add();
    expect(rig.sent).toHaveLength(21);
  });

  it('go on over a new connection', async () => {
    rig.limits.use({ ratePerMin: 1, ratePerHour: 1_000 });
    await rig.add();
    rig.connect();
    expect(await failure(rig.add())).toBeInstanceOf(RateLimitedError);
  });
});

describe('a 429 of WhatsApp', () => {
  it('is passed on with how long this session waits, and nothing of the kind leaves meanwhile (pain 7)', async () => {
    rig.refuse(429, { backoff: 17 });
    expect(await failure(rig.add())).toMatchObject({ whatsappCode: 429, backoffSeconds: 17 });
    rig.obey();
    jest.advanceTimersByTime(7_000);
    expect(await failure(rig.client.leaveGroup(GROUP))).toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 10,
      details: { reason: 'whatsapp_rate_limited' },
    });
    expect(rig.sent).toHaveLength(1);
    jest.advanceTimersByTime(10_000);
    await rig.add();
    expect(rig.sent).toHaveLength(2);
  });

  it('means longer and longer waits where WhatsApp does not say how long', async () => {
    rig.refuse(429);
    const waits: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      const error = (await failure(rig.add())) as WhatsAppRefusedError;
      waits.push(error.backoffSeconds);
      jest.advanceTimersByTime((error.backoffSeconds ?? 0) * 1_000);
    }
    expect(waits).toEqual([60, 120, 240]);
  });

  it('to an action leaves reads alone, and the other way round', async () => {
    rig.refuse(429);
    await failure(rig.add());
    rig.obey();
    await rig.read();
    rig.refuse(429, { backoff: 500 });
    await failure(rig.read());
    rig.obey();
    expect(await failure(rig.client.inviteCode(GROUP))).toMatchObject({ retryAfterSeconds: 500 });
    jest.advanceTimersByTime(60_000);
    await rig.add();
  });

  it('for one participant slows the session down as well', async () => {
    rig.obey([{ input: ADA, phoneJid: ADA, code: 429 }]);
    expect(await rig.add()).toMatchObject([{ code: 429 }]);
    expect(await failure(rig.add())).toMatchObject({ details: { reason: 'whatsapp_rate_limited' } });
  });

  it('halves the rates once it is over, until WhatsApp has been quiet for a while', async () => {
    rig.limits.use({ ratePerMin: 20, ratePerHour: 1_000 });
    rig.refuse(429);
    await failure(rig.add());
    rig.obey();
    jest.advanceTimersByTime(60_000);
    expect(await burst()).toBe(10);
    jest.advanceTimersByTime(60_000);
    expect(await burst()).toBe(10);
    jest.advanceTimersByTime(600_000);
    expect(await burst()).toBe(20);
  });

  async function burst(): Promise<number> {
    let done = 0;
    while (!(await failure(rig.add()))) done++;
    return done;
  }
});

describe('a restriction of the account (463)', () => {
  const until = (): number => Date.now() + 3_600_000;

  it('refuses actions here until its end, joining included, and lets reads go on (pain 14)', async () => {
    const end = until();
    rig.refuse(463, { until: end });
    expect(await failure(rig.add())).toMatchObject({ whatsappCode: 463, restrictedUntil: end });
    rig.obey();
    const refused = await failure(rig.client.joinGroup('code'));
    expect(refused).toBeInstanceOf(AccountRestrictedError);
    expect(refused).toMatchObject({ details: { reason: 'account_restricted', until: end } });
    expect((refused as Error).cause).toBeUndefined();
    await rig.read();
    expect(rig.sent).toEqual(['updateMembers', 'fetchGroup']);
    jest.advanceTimersByTime(3_600_000);
    await rig.add();
  });

  it('goes on over a new connection, and ends when the session is linked anew', async () => {
    rig.refuse(463, { until: until() });
    await failure(rig.add());
    rig.obey();
    rig.connect();
    expect(await failure(rig.add())).toBeInstanceOf(AccountRestrictedError);
    rig.limits.linkedAnew();
    await rig.add();
  });

  it('is asked of WhatsApp each time where its end is not known', async () => {
    rig.refuse(463);
    await failure(rig.add());
    expect(await failure(rig.add())).toMatchObject({ whatsappCode: 463 });
    expect(rig.sent).toHaveLength(2);
  });

  it('ends with the success of an action that was under way, but not with one that it struck for a participant', async () => {
    const answers: ((answer: ParticipantResult[]) => void)[] = [];
    rig.answer = () => new Promise((resolve) => answers.push(resolve));
    const [first, second] = [rig.add(), rig.add()];
    rig.refuse(463, { until: until() });
    await failure(rig.add());
    answers[0]?.([{ input: ADA, code: 463 }]);
    await first;
    rig.obey();
    expect(await failure(rig.add())).toBeInstanceOf(AccountRestrictedError);
    answers[1]?.([{ input: ADA, code: 200 }]);
    await second;
    await rig.add();
  });
});

describe('the same question at the same time', () => {
  let answers: { resolve(answer: unknown): void; reject(error: Error): void }[];

  beforeEach(() => {
    answers = [];
    rig.answer = () => new Promise((resolve, reject) => answers.push({ resolve, reject }));
  });

  it('is one stanza, and one answer to all (pain 7)', async () => {
    const asked = [rig.read(), rig.read(), rig.read()];
    answers[0]?.resolve('the group');
    expect(await Promise.all(asked)).toEqual(['the group', 'the group', 'the group']);
    expect(rig.sent).toHaveLength(1);
    void rig.read();
    expect(rig.sent).toHaveLength(2);
  });

  it('is one failure to all', async () => {
    const asked = [rig.read(), rig.read()].map(failure);
    const error = new OutcomeUnknownError();
    answers[0]?.reject(error);
    expect(await Promise.all(asked)).toEqual([error, error]);
  });

  it('is another question with other arguments', () => {
    void rig.read();
    void rig.client.fetchGroup('2@g.us');
    void rig.client.inviteCode(GROUP);
    expect(rig.sent).toEqual(['fetchGroup', 'fetchGroup', 'inviteCode']);
  });

  it('is asked again once something changed, by the account or by others', () => {
    void rig.read();
    void rig.add();
    void rig.read();
    rig.client.changed();
    void rig.read();
    expect(rig.sent).toEqual(['fetchGroup', 'updateMembers', 'fetchGroup', 'fetchGroup']);
  });

  it('is asked again by whoever saw the action done', async () => {
    const action = rig.add();
    void rig.read();
    answers[0]?.resolve([]);
    await action;
    void rig.read();
    expect(rig.sent).toEqual(['updateMembers', 'fetchGroup', 'fetchGroup']);
  });
});

it('never makes one of two actions that are alike', async () => {
  await Promise.all([rig.add(), rig.add()]);
  expect(rig.sent).toEqual(['updateMembers', 'updateMembers']);
});
