import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiKeysService } from '../apps/gateway/src/api-keys/api-keys.service.js';
import { eventually } from './support/eventually.js';
import { type Answer, type KeyOptions, startGateway, type TestGateway } from './support/start-gateway.js';

interface Key {
  id: string;
  secret: string;
  name: string;
  capabilities: string[];
  sessionIds?: string[];
  allowedCidrs?: string[];
  expiresAt?: number;
  lastUsedAt?: number;
}

const PATH = '/api/v1/api-keys';
const ALL = ['read', 'send', 'manage', 'events'];
const HOUR = 3_600_000;

let gateway: TestGateway;
let owner: string;

beforeAll(async () => {
  gateway = await startGateway();
  owner = await gateway.jwt();
});

afterAll(() => gateway.close());

function create(body: object, token = owner): Promise<Answer> {
  return gateway.request('POST', PATH, { token, body });
}

async function created(body: object, token = owner): Promise<Key> {
  const answer = await create({ name: 'key', capabilities: ['read'], ...body }, token);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body as Key;
}

async function session(token = owner): Promise<string> {
  const { body } = await gateway.request('POST', '/api/v1/sessions', { token, body: {} });
  return (body as { id: string }).id;
}

async function listed(token: string, query = ''): Promise<Key[]> {
  const { body } = await gateway.request('GET', PATH + query, { token });
  return (body as { data: Key[] }).data;
}

function fields(...paths: string[]): object {
  return {
    status: 400,
    body: {
      error: { code: 'validation_error', details: { fields: paths.map((path) => expect.objectContaining({ path })) } },
    },
  };
}

const EXCEEDS = { status: 403, body: { error: { code: 'forbidden', details: { reason: 'exceeds_creator' } } } };
const NOT_FOUND = { status: 404, body: { error: { code: 'not_found', message: 'api key not found', details: {} } } };

describe('POST /api-keys', () => {
  it('answers 201 with the key and, this once, its secret', async () => {
    const expiresAt = Date.now() + HOUR;
    const sessionIds = [await session()];
    const body = { name: 'sync', capabilities: ['read', 'send'], expiresAt, sessionIds, allowedCidrs: ['127.0.0.0/8'] };
    const { status, body: key } = await create(body);
    expect({ status, key }).toEqual({
      status: 201,
      key: {
        ...body,
        id: expect.stringMatching(/^key_[0-9A-Z]{26}$/),
        organizationId: 'default',
        createdBy: 'person',
        createdAt: expect.any(Number),
        secret: expect.stringMatching(/^wa_[0-9A-Z]{26}_[\w-]{43}$/),
      },
    });
    expect(JSON.stringify(await listed(owner))).not.toContain((key as Key).secret);
  });

  it('makes a key that works at once, with the capabilities that it was given', async () => {
    const { secret } = await created({ capabilities: ['read'] });
    expect(await gateway.request('GET', '/api/v1/sessions', { token: secret })).toMatchObject({ status: 200 });
    expect(await create({ name: 'x', capabilities: ['read'] }, secret)).toMatchObject({ status: 403 });
  });

  it('names every bad field', async () => {
    expect(await create({})).toMatchObject(fields('name', 'capabilities'));
    expect(await create({ name: 'x', capabilities: [] })).toMatchObject(fields('capabilities'));
    expect(await create({ name: 'x', capabilities: ['read', 'fly'] })).toMatchObject(fields('capabilities[1]'));
    expect(await create({ name: 'x', capabilities: ['read'], secret: 'mine' })).toMatchObject(fields('secret'));
  });

  it('names the networks that are none, by their place', async () => {
    const allowedCidrs = ['10.0.0.0/8', '10.0.0.0', '10.0.0.0/33'];
    expect(await create({ name: 'x', capabilities: ['read'], allowedCidrs })).toMatchObject(
      fields('allowedCidrs[1]', 'allowedCidrs[2]'),
    );
  });

  it('names an expiry that has passed and a session that is not there at once', async () => {
    expect(await create({ name: 'x', capabilities: ['read'], expiresAt: 1, sessionIds: ['unknown'] })).toMatchObject(
      fields('expiresAt', 'sessionIds[0]'),
    );
  });

  it('names the sessions that are not of the organization, by their place', async () => {
    const sessionIds = [await session(), await session(await gateway.jwt({ org: 'another' })), 'nothing\0'];
    expect(await create({ name: 'x', capabilities: ['read'], sessionIds })).toMatchObject(fields('sessionIds[2]'));
    expect(await create({ name: 'x', capabilities: ['read'], sessionIds: sessionIds.slice(0, 2) })).toMatchObject(
      fields('sessionIds[1]'),
    );
  });

  it('requires manage', async () => {
    expect(await create({}, await gateway.apiKey(['read', 'send', 'events']))).toMatchObject({ status: 403 });
    expect(await create({}, await gateway.jwt({ role: 'member' }))).toMatchObject({ status: 403 });
  });
});

describe('a key that is made with a key', () => {
  let own: string;
  let limits: Required<Pick<KeyOptions, 'sessionIds' | 'allowedCidrs' | 'expiresAt'>>;
  let creator: string;

  beforeAll(async () => {
    own = await session();
    limits = { sessionIds: [own], allowedCidrs: ['127.0.0.0/8', '::1/128'], expiresAt: Date.now() + HOUR };
    creator = await gateway.apiKey(['read', 'manage'], limits);
  });

  it('has the limits of its creator where it is given none', async () => {
    expect(await created({}, creator)).toMatchObject(limits);
  });

  it('may be limited further', async () => {
    const narrower = { allowedCidrs: ['127.0.0.0/16'], expiresAt: limits.expiresAt - 1 };
    expect(await created(narrower, creator)).toMatchObject({ ...narrower, sessionIds: [own] });
  });

  it.each([
    ['capabilities', { capabilities: ['read', 'send'] }, { capabilities: ['send'] }],
    ['networks', { allowedCidrs: ['127.0.0.1/32', '0.0.0.0/0'] }, { allowedCidrs: ['0.0.0.0/0'] }],
    ['expiry', { expiresAt: Date.now() + 2 * HOUR }, { expiresAt: expect.any(Number) }],
  ])('cannot exceed its %s', async (_, body, details) => {
    const answer = await create({ name: 'x', capabilities: ['read'], ...body }, creator);
    expect(answer).toMatchObject(EXCEEDS);
    expect(answer).toMatchObject({ body: { error: { details } } });
  });

  it('cannot reach sessions that do not exist for its creator', async () => {
    const sessionIds = [own, await session()];
    expect(await create({ name: 'x', capabilities: ['read'], sessionIds }, creator)).toMatchObject(
      fields('sessionIds[1]'),
    );
  });

  it('is seen by a limited key only when it reaches no further', async () => {
    const within = await created({}, creator);
    const beyond = await created({});
    const ids = (await listed(creator)).map(({ id }) => id);
    expect(ids).toContain(within.id);
    expect(ids).not.toContain(beyond.id);
    expect(await gateway.request('GET', `${PATH}/${beyond.id}`, { token: creator })).toMatchObject(NOT_FOUND);
    expect(await gateway.request('DELETE', `${PATH}/${beyond.id}`, { token: creator })).toMatchObject(NOT_FOUND);
  });
});

describe('GET /api-keys', () => {
  it('lists the keys of the organization, page by page', async () => {
    const token = await gateway.jwt({ org: 'pages' });
    const ids = [];
    for (const name of ['one', 'two', 'three']) ids.push((await created({ name }, token)).id);
    const first = await gateway.request('GET', `${PATH}?limit=2`, { token });
    const { data, nextCursor } = first.body as { data: Key[]; nextCursor: string };
    expect(data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const second = await gateway.request('GET', `${PATH}?limit=2&cursor=${nextCursor}`, { token });
    expect(second.body).toMatchObject({ data: [{ id: ids[2] }], nextCursor: '' });
    expect((await listed(token)).map(({ id }) => id)).toEqual(ids);
  });

  it('refuses a cursor of its own making', async () => {
    expect(await gateway.request('GET', `${PATH}?cursor=x`, { token: owner })).toMatchObject(fields('cursor'));
  });

  it('tells when a key was last used', async () => {
    const { id, secret } = await created({});
    const before = Date.now();
    await gateway.request('GET', '/api/v1/sessions', { token: secret });
    await eventually(async () => {
      const { body } = await gateway.request('GET', `${PATH}/${id}`, { token: owner });
      expect((body as Key).lastUsedAt).toBeGreaterThanOrEqual(before);
    });
  });

  it('shows one key', async () => {
    const { secret, ...key } = await created({ name: 'one' });
    expect(await gateway.request('GET', `${PATH}/${key.id}`, { token: owner })).toMatchObject({
      status: 200,
      body: key,
    });
    expect(secret).toBeDefined();
  });

  it.each([['nothing'], ['key_01HZ0KEY000000000000000000'], ['key_%00'], ['%F0%9F%98%80']])(
    'answers 404 for %s',
    async (id) => {
      expect(await gateway.request('GET', `${PATH}/${id}`, { token: owner })).toMatchObject(NOT_FOUND);
      expect(await gateway.request('DELETE', `${PATH}/${id}`, { token: owner })).toMatchObject(NOT_FOUND);
    },
  );

  it('answers 404 for a key of another organization', async () => {
    const { id } = await created({}, await gateway.jwt({ org: 'another' }));
    expect(await gateway.request('GET', `${PATH}/${id}`, { token: owner })).toMatchObject(NOT_FOUND);
    expect(await gateway.request('DELETE', `${PATH}/${id}`, { token: owner })).toMatchObject(NOT_FOUND);
  });
});

describe('DELETE /api-keys/{id}', () => {
  it('revokes a key from the next request on, and answers 404 the second time', async () => {
    const { id, secret } = await created({});
    expect(await gateway.request('GET', '/api/v1/sessions', { token: secret })).toMatchObject({ status: 200 });
    expect(await gateway.request('DELETE', `${PATH}/${id}`, { token: owner })).toMatchObject({
      status: 204,
      body: undefined,
    });
    expect(await gateway.request('GET', '/api/v1/sessions', { token: secret })).toMatchObject({ status: 401 });
    expect(await gateway.request('DELETE', `${PATH}/${id}`, { token: owner })).toMatchObject(NOT_FOUND);
  });
});

describe('the first key', () => {
  it('is made on an empty database, exactly once however many ask', async () => {
    const own = await startGateway();
    const service = own.app.get(ApiKeysService);
    const made = await Promise.all(Array.from({ length: 4 }, () => service.createFirst()));
    const [secret, ...others] = made.filter((one) => one !== undefined);
    expect(others).toEqual([]);
    const { body } = await own.request('GET', PATH, { token: secret });
    expect(body).toMatchObject({ data: [{ organizationId: 'default', capabilities: ALL }] });
    expect(await service.createFirst()).toBeUndefined();
    expect(JSON.stringify(own.log)).not.toContain(secret);
    await own.close();
  });
});
