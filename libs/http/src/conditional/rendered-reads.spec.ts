import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Response } from 'express';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { NotFoundError } from '#errors';
import { RenderedReads, type VersionedRead } from './rendered-reads.js';

/** A list of names whose version is how often it changed. */
class Names implements VersionedRead {
  kind = 'names';
  value = ['Ada'];
  current = 1;
  asked = jest.fn();
  constructor(readonly key: string) {}

  version(): Promise<string> {
    this.asked('version');
    return Promise.resolve(String(this.current));
  }

  read(): Promise<{ version: string; value: unknown }> {
    this.asked('read');
    return Promise.resolve({ version: String(this.current), value: this.value });
  }

  /** What was asked for since the last time. */
  takeAsked(): unknown[] {
    const asked = this.asked.mock.calls.flat();
    this.asked.mockClear();
    return asked;
  }
}

describe('RenderedReads', () => {
  let reads: RenderedReads;
  let names: Names;

  /** Status, entity tag and body of an answer. */
  const get = async (wanted?: string, read: VersionedRead = names) => {
    const request = new IncomingMessage(new Socket());
    if (wanted !== undefined) request.headers['if-none-match'] = wanted;
    const response = new ServerResponse(request) as Response;
    const end = jest.spyOn(response, 'end').mockReturnThis();
    await reads.answer(response, read);
    const [body] = end.mock.calls[0] ?? [];
    return {
      status: response.statusCode,
      tag: String(response.getHeader('etag')),
      body: body === undefined ? undefined : String(body as Buffer),
    };
  };

  beforeEach(() => {
    reads = new RenderedReads(1_000_000);
    names = new Names('a');
  });

  it('reads once, and then asks for nothing but the version', async () => {
    const first = await get();
    expect(first).toMatchObject({ status: 200, body: '["Ada"]' });
    expect(names.takeAsked()).toEqual(['read']);
    expect(await get()).toEqual(first);
    expect(names.takeAsked()).toEqual(['version']);
  });

  it('answers 304 without reading, whether or not it has read before', async () => {
    const { tag } = await get();
    for (const fresh of [reads, new RenderedReads()]) {
      reads = fresh;
      names.takeAsked();
      expect(await get(`W/"x", ${tag}`)).toEqual({ status: 304, tag, body: undefined });
      expect(names.takeAsked()).toEqual(['version']);
    }
  });

  it('reads again once the version is another one', async () => {
    const { tag } = await get();
    names.current = 2;
    names.value = ['Ada', 'Bo'];
    const second = await get(tag);
    expect(second).toMatchObject({ status: 200, body: '["Ada","Bo"]' });
    expect(second.tag).not.toBe(tag);
    expect(await get(tag)).toEqual(second);
    expect(await get(second.tag)).toMatchObject({ status: 304 });
  });

  it('takes what is newer than the version that it asked for by its own version', async () => {
    await get();
    names.current = 2;
    const reading = jest.spyOn(names, 'read').mockResolvedValueOnce({ version: '3', value: ['Cy'] });
    const overtaken = await get();
    expect(overtaken.tag).toContain('/3"');
    names.current = 3;
    expect(await get()).toEqual(overtaken);
    expect(reading).toHaveBeenCalledTimes(1);
  });

  it('tells one list from another', async () => {
    const other = new Names('b');
    other.value = ['Bo'];
    await get();
    expect(await get(undefined, other)).toMatchObject({ body: '["Bo"]' });
    other.kind = 'numbers';
    other.value = ['1'];
    expect(await get(undefined, other)).toMatchObject({ body: '["1"]' });
    expect(await get()).toMatchObject({ body: '["Ada"]' });
  });

  it('shows nothing to who may not see it, though it is kept', async () => {
    const { tag } = await get();
    const denied: VersionedRead = {
      ...names,
      key: names.key,
      version: () => Promise.reject(new NotFoundError('group')),
      read: () => Promise.reject(new NotFoundError('group')),
    };
    for (const wanted of [undefined, tag, '*']) {
      await expect(get(wanted, denied)).rejects.toThrow(new NotFoundError('group'));
    }
  });

  it('keeps no more than it may', async () => {
    reads = new RenderedReads(50_000);
    for (let n = 0; n < 100; n++) {
      const list = new Names(String(n));
      list.value = ['x'.repeat(4_000)];
      await get(undefined, list);
      expect(reads.bytes).toBeLessThanOrEqual(50_000);
    }
    expect(reads.bytes).toBeGreaterThan(40_000);
    names.value = ['x'.repeat(60_000)];
    expect(await get()).toMatchObject({ status: 200, body: JSON.stringify(names.value) });
    expect(reads.bytes).toBeLessThanOrEqual(50_000);
  });
});
