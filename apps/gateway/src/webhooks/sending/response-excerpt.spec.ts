import { describe, expect, it } from '@jest/globals';
import { excerptOf } from './response-excerpt.js';
import { SecretMask } from './secret-mask.js';

const whole = (body: string | Buffer, secrets: string[] = []): string | undefined =>
  excerptOf(Buffer.from(body), true, [new SecretMask(secrets)]);

describe('excerptOf', () => {
  it('shows the beginning of a text', () => {
    expect(whole('{"error":"no such tenant"}')).toBe('{"error":"no such tenant"}');
    expect(whole('x'.repeat(5_000))).toBe('x'.repeat(1_024));
  });

  it('is absent where there is nothing to read', () => {
    expect(whole('')).toBeUndefined();
    expect(whole(Buffer.from([0, 1, 2, 0x1b]))).toBeUndefined();
  });

  it('holds nothing that a terminal or a page would act on, nor half a character', () => {
    expect(whole('a\u001b[31mred\r\n\u202eb\u0000c')).toBe('a [31mred b c');
    expect(whole(Buffer.from([0x61, 0xff, 0xfe, 0x62]))).toBe('a b');
    expect(whole(`${'x'.repeat(1_021)}👋`)).toBe('x'.repeat(1_021));
    expect(whole('é'.repeat(1_000))).toBe('é'.repeat(512));
  });

  it.each([
    ['as it is', 'key s3cr3t-value!', 's3cr3t-value!'],
    ['in capitals', 'key S3CR3T-VALUE!', 's3cr3t-value!'],
    ['within JSON', '{"x":"a\\"quoted\\\\one"}', 'a"quoted\\one'],
    ['within a URL', '/?x=a%20b%2Fc', 'a b/c'],
    ['in base64', Buffer.from('s3cr3t-value!').toString('base64'), 's3cr3t-value!'],
    ['a part of it', 'invalid token abcdef123', 'Bearer abcdef123'],
    ['decoded', 'wrong password hunter2', `Basic ${Buffer.from('me:hunter2').toString('base64')}`],
    ['short', 'tenant 7!', '7'],
    ['with signs of patterns', 'got a.*b(c', 'a.*b(c'],
  ])('masks a secret: %s', (_, body, secret) => {
    const excerpt = whole(body, [secret]);
    expect(excerpt).toContain('***');
    for (const part of ['s3cr3t', 'quoted', 'hunter2', 'abcdef123', 'a%20b', 'a.*b', '7']) {
      expect(excerpt?.toLowerCase()).not.toContain(part);
    }
  });

  it('masks a secret that begins before the end of the excerpt', () => {
    expect(whole(`${'x'.repeat(1_020)}s3cr3t-value`, ['s3cr3t-value'])).toBe(`${'x'.repeat(1_020)}***`);
  });

  it('leaves out what may be the beginning of a secret where the rest was not read', () => {
    const cut = Buffer.from('s3cr3t-value s3cr3t-value s3cr3t');
    expect(excerptOf(cut, false, [new SecretMask(['s3cr3t-value'])])).toBe('*** ***');
  });

  it('leaves it out, too, where the rest is more than is looked at, and takes nothing else away', () => {
    const secret = `s3cr3t-${'v'.repeat(4_000)}`;
    expect(whole(`x${secret}x`.repeat(3), [secret])).toBe('x***xx');
    expect(whole(`${'s3'.repeat(400)}${secret}`, [secret])).toBe('s3'.repeat(400));
  });

  it.each([
    '&amp;b&lt;c&gt;&quot;d&#39;',
    '&amp;b&lt;c&gt;&#34;d&#39;',
    '&amp;b&lt;c&gt;&quot;d&#x27;',
    '&amp;b&lt;c&gt;"d&apos;',
  ])('masks a secret within a page: %s', (shown) => {
    expect(whole(`<p>wrong: ${shown}</p>`, ['&b<c>"d\''])?.replace(/\s/g, '')).toBe('<p>wrong:***</p>');
  });

  it.each(['s3cr3t-value', 's3cr3t-é'])('leaves it out behind what nobody can read: %s', (secret) => {
    const beginning = `error${'\0'.repeat(4_096 - 5 - 8)}`;
    expect(whole(`${beginning}${secret}`, [secret])).toBe('error');
    expect(whole(`${beginning}${secret.toUpperCase()}`, [secret])).toBe('error');
  });

  it.each([
    ['a shorter one that it begins with', 'x abcdef', 'x'],
    ['the end of another one', 'x 1234abcdef', 'x ***'],
    ['its own end', 'x abcdefghab', 'x ***'],
    ['no other one', 'x 1234 abc', 'x ***'],
  ])('leaves it out and hides what is whole, where its beginning is %s', (_, body, shown) => {
    const mask = new SecretMask(['abcd', '1234', '1234ab', 'abcdefghab', 'abcdefghijkl']);
    expect(excerptOf(Buffer.from(body), false, [mask])).toBe(shown);
  });

  it('masks what several masks know', () => {
    const masks = [new SecretMask(['one-secret']), new SecretMask(['another'])];
    expect(excerptOf(Buffer.from('one-secret another anoth'), false, masks)).toBe('*** ***');
  });

  it('masks the longest of two secrets', () => {
    expect(whole('abcdefgh', ['abcd', 'abcdefgh'])).toBe('***');
  });

  it('takes no empty secret for one', () => {
    expect(whole('text', [''])).toBe('text');
  });
});
