import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Simulator, SimulatedPhone } from '#simulator';
import { ONE_PIXEL } from '../apps/gateway/src/groups/spec-support/one-pixel.js';
import { eventually } from './support/eventually.js';
import { LinkedRig } from './support/linked-rig.js';
import type { TestGateway } from './support/start-gateway.js';

const PICTURE_QUERY = { tag: 'iq', xmlns: 'w:profile:picture' } as const;
const NO_GROUP = '120363000000000000@g.us';
const LIMIT = 512 * 1024;

let rig: LinkedRig;
let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let session: string;
let me: SimulatedPhone;
let owner: SimulatedPhone;
let mine: string;
/** Where `me` is an ordinary member, and only admins change settings. */
let theirs: string;

beforeAll(async () => {
  rig = await LinkedRig.start(({ me, person }) => {
    owner = person('Owner');
    mine = me.createGroup({ subject: 'Mine' });
    theirs = owner.createGroup({ subject: 'Theirs', participants: [me.jid], locked: true });
  });
  ({ simulator, gateway, token, session, me } = rig);
});

afterAll(() => rig.stop());

beforeEach(() => simulator.log.clear());
afterEach(() => rig.forget());

const path = (group: string): string => `/api/v1/sessions/${session}/groups/${group}/picture`;
const get = (group: string) => gateway.request('GET', path(group), { token });
const remove = (group: string) => gateway.request('DELETE', path(group), { token });

async function put(
  group: string,
  body: Uint8Array | ReadableStream<Uint8Array>,
  { type = 'image/jpeg', key = token, encoding = '' }: { type?: string; key?: string; encoding?: string } = {},
): Promise<{ status: number; body: unknown }> {
  const headers = {
    authorization: `Bearer ${key}`,
    ...(type && { 'content-type': type }),
    ...(encoding && { 'content-encoding': encoding }),
  };
  const response = await fetch(gateway.url + path(group), { method: 'PUT', headers, body, duplex: 'half' });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

/** A whole JPEG of exactly so many bytes. */
function jpegOf(size: number): Buffer {
  const comments: Buffer[] = [];
  for (let missing = size - ONE_PIXEL.length; missing > 0;) {
    const length = missing > 65_537 ? 65_537 - 4 : missing;
    const comment = Buffer.alloc(length, 0x20);
    comment.set([0xff, 0xfe, (length - 2) >> 8, (length - 2) & 0xff]);
    comments.push(comment);
    missing -= length;
  }
  return Buffer.concat([ONE_PIXEL.subarray(0, 2), ...comments, ONE_PIXEL.subarray(2)]);
}

describe('the picture of a group', () => {
  it('is set, can be fetched from where the answer says, and is taken away', async () => {
    expect(await get(mine)).toMatchObject({ status: 404, body: { error: { message: 'picture not found' } } });
    expect(await put(mine, ONE_PIXEL)).toEqual({ status: 204, body: undefined });
    const { status, body } = await get(mine);
    expect(status).toBe(200);
    expect(body).toEqual({ url: expect.stringMatching(/^https?:\/\//) });
    const fetched = await fetch((body as { url: string }).url);
    expect(Buffer.from(await fetched.arrayBuffer())).toEqual(ONE_PIXEL);
    expect(await remove(mine)).toMatchObject({ status: 204, body: undefined });
    expect((await get(mine)).status).toBe(404);
    expect((await remove(mine)).status).toBe(204);
  });

  it('is one query each', async () => {
    await put(mine, ONE_PIXEL);
    await get(mine);
    await remove(mine);
    expect(simulator.log.count(PICTURE_QUERY)).toBe(3);
  });

  it('may be as large as 512 KiB, and no larger, however it is sent', async () => {
    expect((await put(mine, jpegOf(LIMIT))).status).toBe(204);
    const tooLarge = { status: 413, body: { error: { code: 'payload_too_large' } } };
    expect(await put(mine, jpegOf(LIMIT + 1))).toMatchObject(tooLarge);
    const chunks = jpegOf(LIMIT + 1);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < chunks.length; at += 65_536) controller.enqueue(chunks.subarray(at, at + 65_536));
        controller.close();
      },
    });
    expect(await put(mine, stream)).toMatchObject(tooLarge);
    expect(simulator.log.count(PICTURE_QUERY)).toBe(1);
  });

  it.each(['image/png', 'application/json', 'text/plain', ''])('answers 415 for the type %p', async (type) => {
    expect(await put(mine, ONE_PIXEL, { type })).toMatchObject({
      status: 415,
      body: { error: { code: 'unsupported_media_type' } },
    });
    expect(simulator.log.count(PICTURE_QUERY)).toBe(0);
  });

  it('answers 415 for one that is encoded', async () => {
    expect((await put(mine, ONE_PIXEL, { encoding: 'gzip' })).status).toBe(415);
  });

  it('takes its type in any case, with parameters', async () => {
    expect((await put(mine, ONE_PIXEL, { type: 'Image/JPEG; q=1' })).status).toBe(204);
  });

  it.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['another kind of file', Buffer.from('no picture')],
    ['a picture that breaks off', ONE_PIXEL.subarray(0, -2)],
  ])('answers 400 for %s', async (_, body) => {
    expect(await put(mine, body)).toMatchObject({
      status: 400,
      body: { error: { code: 'validation_error', details: { fields: [{ path: 'body' }] } } },
    });
    expect(simulator.log.count(PICTURE_QUERY)).toBe(0);
  });

  it('answers 400 for one that WhatsApp does not accept', async () => {
    simulator.faults.iqError(PICTURE_QUERY, 406, 'not-acceptable');
    expect(await put(mine, ONE_PIXEL)).toMatchObject({
      status: 400,
      body: { error: { details: { fields: [{ path: 'body' }] } } },
    });
  });

  it('needs `send` before its body is looked at, and an admin where the group asks for one', async () => {
    const reader = await gateway.apiKey(['read']);
    expect((await put(mine, Buffer.from('no picture'), { key: reader, type: 'text/plain' })).status).toBe(403);
    const refused = { status: 403, body: { error: { details: { reason: 'not_group_admin' } } } };
    expect(await put(theirs, ONE_PIXEL)).toMatchObject(refused);
    expect(await remove(theirs)).toMatchObject(refused);
    owner.changePicture(theirs, ONE_PIXEL);
    expect((await get(theirs)).status).toBe(200);
  });

  it('answers 404 for a group that is not stored, for one that was left, and to another organization', async () => {
    const gone = owner.createGroup({ subject: 'Gone', participants: [me.jid] });
    const role = async () =>
      (await gateway.request('GET', `/api/v1/sessions/${session}/groups/${gone}`, { token })).body;
    await eventually(async () => expect(await role()).toMatchObject({ myRole: 'member' }));
    owner.remove(gone, [me.jid]);
    await eventually(async () => expect(await role()).toMatchObject({ myRole: 'left' }));
    for (const group of [NO_GROUP, gone]) {
      const answers = [await get(group), await put(group, ONE_PIXEL), await remove(group)];
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 404, body: { error: { message: 'group not found' } } });
      }
    }
    const stranger = await gateway.apiKey(['read', 'send'], { organizationId: 'another' });
    expect((await gateway.request('GET', path(mine), { token: stranger })).status).toBe(404);
    expect((await put(mine, ONE_PIXEL, { key: stranger })).status).toBe(404);
  });

  it('answers 400 for what names no group', async () => {
    const answers = [await get('nonsense'), await put('nonsense', ONE_PIXEL), await remove('nonsense')];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 400, body: { error: { details: { fields: [{ path: 'gid' }] } } } });
    }
  });

  it('is never said to be set when the answer did not come', async () => {
    simulator.faults.actThenClose(PICTURE_QUERY);
    expect(await put(mine, ONE_PIXEL)).toMatchObject({
      status: 504,
      body: { error: { details: { outcome: 'unknown' } } },
    });
    await eventually(async () => expect((await get(mine)).status).toBe(200));
  });

  it('answers 501 while the session is not connected', async () => {
    await gateway.request('POST', `/api/v1/sessions/${session}:stop`, { token });
    const answers = [await get(mine), await put(mine, ONE_PIXEL), await remove(mine)];
    expect(answers.map(({ status }) => status)).toEqual([501, 501, 501]);
    expect((await put(mine, Buffer.from('no picture'))).status).toBe(400);
  });
});
