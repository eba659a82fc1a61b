import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from './support/start-gateway.js';
import { NOT_FOUND, PATH, SECRET, TOKEN, URL, WebhooksLab, type Webhook, fields } from './support/webhooks-lab.js';

let lab: WebhooksLab;

beforeAll(async () => {
  lab = await WebhooksLab.start();
});
afterAll(() => lab.stop());

describe('DELETE /webhooks/{id}', () => {
  it('answers 204, and 404 from then on', async () => {
    const { id } = await lab.created();
    const remove = (): Promise<Answer> => lab.gateway.request('DELETE', `${PATH}/${id}`, { token: lab.owner });
    expect(await remove()).toMatchObject({ status: 204 });
    expect(await remove()).toMatchObject(NOT_FOUND);
    expect(await lab.listed(lab.owner)).not.toContain(id);
  });
});

describe('a webhook', () => {
  it.each(['GET', 'PATCH', 'DELETE'])('of another organization does not exist for %s', async (method) => {
    const { id } = await lab.created();
    const token = await lab.gateway.jwt({ org: 'another' });
    const body = method === 'PATCH' ? { active: false } : undefined;
    expect(await lab.gateway.request(method, `${PATH}/${id}`, { token, body })).toMatchObject(NOT_FOUND);
    expect(await lab.listed(token)).not.toContain(id);
    expect(await lab.shown(id)).toMatchObject({ active: true });
  });

  it.each(['wh_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'wh_x', 'nothing', 'wh_%00'])('is not found by %j', async (id) => {
    for (const [method, body] of [['GET'], ['PATCH', { active: true }], ['DELETE']] as const) {
      expect(await lab.gateway.request(method, `${PATH}/${id}`, { token: lab.owner, body })).toMatchObject(NOT_FOUND);
    }
  });

  it('is for whoever may manage, and asks that before anything else', async () => {
    const { id } = await lab.created();
    const tokens = [await lab.gateway.apiKey(['read', 'send', 'events']), await lab.gateway.jwt({ role: 'member' })];
    for (const token of tokens) {
      for (const [method, path] of [
        ['GET', PATH],
        ['POST', PATH],
        ['GET', `${PATH}/${id}`],
        ['PATCH', `${PATH}/nothing`],
        ['DELETE', `${PATH}/${id}`],
      ] as const) {
        const body = method === 'POST' || method === 'PATCH' ? 'not JSON' : undefined;
        expect(await lab.gateway.request(method, path, { token, body })).toMatchObject({
          status: 403,
          body: { error: { details: { reason: 'capability_missing', required: ['manage'] } } },
        });
      }
    }
  });

  it('is listed in pages', async () => {
    const token = await lab.gateway.jwt({ org: 'paged' });
    const ids = [await lab.created({}, token), await lab.created({}, token), await lab.created({}, token)].map(
      ({ id }) => id,
    );
    const first = await lab.gateway.request('GET', `${PATH}?limit=2`, { token });
    const { nextCursor } = first.body as { nextCursor: string };
    const second = await lab.gateway.request('GET', `${PATH}?limit=2&cursor=${nextCursor}`, { token });
    const pages = [first, second].map(({ body }) => body as { data: Webhook[]; nextCursor: string });
    expect(pages.flatMap(({ data }) => data.map(({ id }) => id))).toEqual(ids);
    expect(pages[1]?.nextCursor).toBe('');
    expect(await lab.gateway.request('GET', `${PATH}?cursor=x`, { token })).toMatchObject(fields('cursor'));
  });
});

describe('a key that is limited to some sessions', () => {
  let mine: string;
  let other: string;
  let key: string;

  beforeAll(async () => {
    [mine, other] = [await lab.session(), await lab.session()];
    key = await lab.gateway.apiKey(['manage'], { sessionIds: [mine] });
  });

  it('makes webhooks that get the events of its sessions only', async () => {
    const made = await lab.created({}, key);
    expect(made.sessionIds).toEqual([mine]);
    expect(await lab.created({ sessionId: mine }, key)).toMatchObject({ sessionId: mine, sessionIds: [mine] });
    expect(await lab.create({ url: URL, events: ['*'], sessionId: other }, key)).toMatchObject(fields('sessionId'));
  });

  it('neither sees nor changes a webhook that reaches further', async () => {
    const further = [await lab.created(), await lab.created({ sessionId: other })];
    for (const { id } of further) {
      expect(await lab.gateway.request('GET', `${PATH}/${id}`, { token: key })).toMatchObject(NOT_FOUND);
      expect(await lab.patch(id, { active: false }, key)).toMatchObject(NOT_FOUND);
      expect(await lab.gateway.request('DELETE', `${PATH}/${id}`, { token: key })).toMatchObject(NOT_FOUND);
    }
    const within = await lab.created({ sessionId: mine });
    const seen = await lab.listed(key);
    expect(seen).toContain(within.id);
    for (const { id } of further) expect(seen).not.toContain(id);
  });

  it('cannot widen what a webhook gets beyond its sessions', async () => {
    const { id } = await lab.created({ sessionId: mine });
    expect(await lab.patch(id, { sessionId: other }, key)).toMatchObject(fields('sessionId'));
    const widened = await lab.patched(id, { sessionId: null }, key);
    expect(widened).toMatchObject({ sessionIds: [mine] });
    expect(widened).not.toHaveProperty('sessionId');
    expect(await lab.patched(id, { sessionId: null })).not.toHaveProperty('sessionIds');
  });
});

describe('secrets of webhooks', () => {
  it('are in no answer, no line of the log and no readable column, whatever goes wrong', async () => {
    const customHeaders = { Authorization: TOKEN };
    const { id } = await lab.created({ secret: SECRET, customHeaders });
    const answers = [
      await lab.gateway.request('GET', `${PATH}/${id}`, { token: lab.owner }),
      await lab.gateway.request('GET', PATH, { token: lab.owner }),
      await lab.patch(id, { secret: SECRET, customHeaders }),
      await lab.create({ url: 'http://10.0.0.1/', events: ['*'], secret: SECRET, customHeaders }),
      await lab.create({ url: URL, events: [], secret: `${SECRET}\n`, customHeaders: { 'X-Bad': `${TOKEN}\n` } }),
    ];
    const rows = await lab.query('select webhooks::text from webhooks where id = $1', [id]);
    const everything = JSON.stringify([answers.map(({ body }) => body), rows, lab.gateway.log]);
    expect(lab.gateway.log.length).toBeGreaterThan(0);
    for (const secret of [SECRET, TOKEN, 'that-nobody-may-see']) {
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });
});
