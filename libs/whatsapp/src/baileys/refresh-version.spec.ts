import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fetchLatestWhatsAppVersion } from './refresh-version.js';

/** The network is not the gateway's: what web.whatsapp.com would answer is put in its place. */
describe('fetchLatestWhatsAppVersion', () => {
  const usual = globalThis.fetch;
  let answer: () => Promise<Response>;

  beforeEach(() => {
    globalThis.fetch = () => answer();
  });

  afterEach(() => {
    globalThis.fetch = usual;
  });

  it('is the revision that the page names', async () => {
    answer = () => Promise.resolve(new Response('x={\\"client_revision\\":1099999999,'));
    await expect(fetchLatestWhatsAppVersion()).resolves.toEqual([2, 3000, 1099999999]);
  });

  const failures: [string, () => Promise<Response>][] = [
    ['there is no network', () => Promise.reject(new TypeError('fetch failed'))],
    ['the page is not there', () => Promise.resolve(new Response('', { status: 404 }))],
    ['the page names no revision', () => Promise.resolve(new Response('<html></html>'))],
  ];

  it.each(failures)('fails, rather than name an old version, when %s', async (_what, given) => {
    answer = given;
    await expect(fetchLatestWhatsAppVersion()).rejects.toThrow('could not be fetched');
  });
});
