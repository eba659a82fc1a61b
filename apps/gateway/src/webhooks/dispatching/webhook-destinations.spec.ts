import { beforeEach, describe, expect, it } from '@jest/globals';
import { CredentialsUnreadableError, type SealedWebhook, type Wakeups, type WebhookRepository } from '#store';
import { WebhookDestinations } from './webhook-destinations.js';

const SECRETS = { secret: 'a secret', headers: { 'X-Tenant': 'one' } };
const retryPolicy = { policy: 'exponential', delaySeconds: 2, attempts: 15 } as const;

let stored: SealedWebhook | undefined;
let reads: number;
let isListening: boolean;
let destinations: WebhookDestinations;

function webhook(updatedAt: number, active = true, secrets = (): typeof SECRETS => SECRETS): SealedWebhook {
  const url = `https://example.com/${updatedAt}`;
  const settings = { url, events: ['*'], retryPolicy, active } as const;
  return { webhook: { ...settings, id: 'w', organizationId: 'o', headerNames: [], createdAt: 1, updatedAt }, secrets };
}

beforeEach(() => {
  [stored, reads, isListening] = [webhook(7), 0, true];
  const webhooks: Pick<WebhookRepository, 'sealed'> = {
    sealed: () => {
      reads++;
      return Promise.resolve(stored);
    },
  };
  const wakeups: Partial<Wakeups> = {
    get isListening() {
      return isListening;
    },
  };
  destinations = new WebhookDestinations(webhooks as WebhookRepository, wakeups as Wakeups);
});

describe('where a webhook leads', () => {
  it('is read once for all who ask', async () => {
    const expected = { target: { url: 'https://example.com/7', ...SECRETS }, retryPolicy, asOf: 7 };
    expect(await destinations.of('w', 7)).toEqual(expected);
    expect(await destinations.of('w', 7)).toEqual(expected);
    expect(reads).toBe(1);
  });

  it.each([6, 8])('is read anew by who has seen another state of it: %i', async (seen) => {
    await destinations.of('w', 7);
    stored = webhook(seen);
    expect(await destinations.of('w', seen)).toMatchObject({ asOf: seen });
    expect(await destinations.of('w', seen)).toMatchObject({ asOf: seen });
    expect(reads).toBe(2);
  });

  it('is read anew once a change was told of, and each time while nobody would tell', async () => {
    await destinations.of('w', 7);
    destinations.forget('w');
    await destinations.of('w', 7);
    expect(reads).toBe(2);
    isListening = false;
    await destinations.of('w', 7);
    await destinations.of('w', 7);
    expect(reads).toBe(4);
  });

  it('is nowhere when it is gone, or not active', async () => {
    stored = undefined;
    expect(await destinations.of('w', 7)).toBeUndefined();
    stored = webhook(8, false);
    expect(await destinations.of('w', 8)).toBeUndefined();
  });

  it('is not known while nobody can read its secrets', async () => {
    const place = { owner: { type: 'webhook', id: 'w' }, kind: 'webhook secrets', id: '' } as const;
    const unreadable = new CredentialsUnreadableError(place, 'k', false);
    stored = webhook(7, true, () => {
      throw unreadable;
    });
    expect(await destinations.of('w', 7)).toEqual({ target: unreadable, retryPolicy, asOf: 7 });
  });
});
