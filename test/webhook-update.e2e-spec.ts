import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebhookRepository } from '#store';
import { SECRET, TOKEN, URL, WebhooksLab, conflict, fields } from './support/webhooks-lab.js';

let lab: WebhooksLab;

beforeAll(async () => {
  lab = await WebhooksLab.start();
});
afterAll(() => lab.stop());

describe('PATCH /webhooks/{id}', () => {
  it('changes what it is given, and nothing else', async () => {
    const made = await lab.created({ secret: SECRET, customHeaders: { Authorization: TOKEN } });
    const { updatedAt, ...rest } = made;
    const changed = await lab.patched(made.id, { events: ['auth.code'], retryPolicy: { delaySeconds: 9 } });
    expect(changed).toEqual({
      ...rest,
      events: ['auth.code'],
      retryPolicy: { policy: 'exponential', delaySeconds: 9, attempts: 15 },
      updatedAt: expect.any(Number),
    });
    expect(changed.updatedAt).toBeGreaterThanOrEqual(updatedAt);
    expect(await lab.shown(made.id)).toEqual(changed);
    expect((await lab.stored(made.id)).secrets).toEqual({ secret: SECRET, headers: { Authorization: TOKEN } });
  });

  it('gives it another secret, which it shows as little as the first', async () => {
    const { id } = await lab.created({ customHeaders: { Authorization: TOKEN } });
    const another = 'another secret of sixteen';
    expect(JSON.stringify(await lab.patched(id, { secret: another }))).not.toContain(another);
    expect((await lab.stored(id)).secrets).toEqual({ secret: another, headers: { Authorization: TOKEN } });
  });

  it('replaces the headers, and keeps the values of those that are null', async () => {
    const { id } = await lab.created({ secret: SECRET, customHeaders: { Authorization: TOKEN, 'X-Old': 'old' } });
    const { customHeaders } = await lab.shown(id);
    await lab.patched(id, { customHeaders });
    expect((await lab.stored(id)).secrets).toEqual({
      secret: SECRET,
      headers: { Authorization: TOKEN, 'X-Old': 'old' },
    });
    const changed = await lab.patched(id, { customHeaders: { authorization: null, 'X-New': 'new' } });
    expect(changed.customHeaders).toEqual({ authorization: null, 'X-New': null });
    expect((await lab.stored(id)).secrets).toEqual({
      secret: SECRET,
      headers: { authorization: TOKEN, 'X-New': 'new' },
    });
    await lab.patched(id, { customHeaders: {} });
    expect((await lab.stored(id)).secrets).toEqual({ secret: SECRET, headers: {} });
  });

  it('refuses to keep a value that is not there', async () => {
    const { id } = await lab.created({ customHeaders: { Authorization: TOKEN } });
    const answer = await lab.patch(id, { customHeaders: { Authorization: null, 'X-Unknown': null } });
    expect(answer).toMatchObject(fields('customHeaders.X-Unknown'));
    expect((await lab.stored(id)).secrets.headers).toEqual({ Authorization: TOKEN });
  });

  it('sends no stored value of a header to another host: it has to be given again', async () => {
    const { id } = await lab.created({ customHeaders: { Authorization: TOKEN } });
    const url = 'https://elsewhere.example/hook';
    expect(await lab.patch(id, { url })).toMatchObject(fields('customHeaders'));
    expect(await lab.patch(id, { url, customHeaders: { Authorization: null } })).toMatchObject(
      fields('customHeaders.Authorization'),
    );
    expect((await lab.shown(id)).url).toBe(URL);
    expect(await lab.patched(id, { url: 'https://example.com/other' })).toMatchObject({
      url: 'https://example.com/other',
    });
    await lab.patched(id, { url, customHeaders: { Authorization: 'Bearer anew' } });
    expect((await lab.stored(id)).secrets.headers).toEqual({ Authorization: 'Bearer anew' });
    const plain = await lab.created();
    await lab.patched(plain.id, { url });
  });

  it('ends a pause with active: true, and whoever switches it off takes the reason away', async () => {
    const { id } = await lab.created();
    const pause = (): Promise<unknown> =>
      lab.gateway.app.get(WebhookRepository).revise({ organizationId: 'default' }, id, ({ webhook }) => ({
        ...webhook,
        active: false,
        pausedReason: 'failing',
      }));
    await pause();
    expect(await lab.shown(id)).toMatchObject({ active: false, pausedReason: 'failing' });
    expect(await lab.patched(id, { events: ['auth.qr'] })).toMatchObject({ active: false, pausedReason: 'failing' });
    const resumed = await lab.patched(id, { active: true });
    expect(resumed.active).toBe(true);
    expect(resumed).not.toHaveProperty('pausedReason');
    await pause();
    expect(await lab.patched(id, { active: false })).not.toHaveProperty('pausedReason');
  });

  it('limits it to a session, and to none with null', async () => {
    const [sessionId, foreign] = [await lab.session(), await lab.session(await lab.gateway.jwt({ org: 'another' }))];
    const { id } = await lab.created();
    expect(await lab.patched(id, { sessionId })).toMatchObject({ sessionId });
    expect(await lab.patch(id, { sessionId: foreign })).toMatchObject(fields('sessionId'));
    expect(await lab.patched(id, { sessionId: null })).not.toHaveProperty('sessionId');
  });

  it('names what is wrong, and refuses a change of nothing', async () => {
    const { id } = await lab.created();
    expect(await lab.patch(id, {})).toMatchObject(fields('body'));
    expect(await lab.patch(id, { url: 'http://10.0.0.1/' })).toMatchObject(fields('url'));
    const wrong = { url: null, events: [], secret: 'short', customHeaders: { Host: 'x' }, active: null, createdAt: 1 };
    expect(await lab.patch(id, wrong)).toMatchObject(
      fields('createdAt', 'url', 'events', 'secret', 'customHeaders.Host', 'active'),
    );
  });

  it('needs all secrets anew once nobody can read those that are stored', async () => {
    const { id } = await lab.created({ customHeaders: { Authorization: TOKEN } });
    await lab.query(`update webhooks set key_id = 'deadbeef' where id = $1`, [id]);
    expect(await lab.patched(id, { active: false })).toMatchObject({ active: false });
    expect(await lab.patch(id, { secret: SECRET })).toMatchObject(conflict('webhook_secrets_unreadable'));
    expect(await lab.patch(id, { customHeaders: {} })).toMatchObject(conflict('webhook_secrets_unreadable'));
    await lab.patched(id, { secret: SECRET, customHeaders: { Authorization: 'Bearer anew' } });
    expect((await lab.stored(id)).secrets).toEqual({ secret: SECRET, headers: { Authorization: 'Bearer anew' } });
  });
});
