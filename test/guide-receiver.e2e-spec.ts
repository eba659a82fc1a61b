import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Guide } from './support/guide.js';
import { GuideReceiver } from './support/guide-receiver.js';

const ID = 'evt_01JD4Z0S3M8Q1V7C5T9B2N6XKR';

let folder: string;
let guide: Guide;
let receiver: GuideReceiver;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guide-'));
  guide = await Guide.open('events.md');
  receiver = new GuideReceiver(guide, folder);
  await receiver.start();
});

afterEach(async () => {
  await receiver.kill();
  await rm(folder, { recursive: true });
});

/** The status that the guide's signed request is answered with. */
async function sign(replaced: Record<string, string> = {}): Promise<string | undefined> {
  const answer = await guide
    .with({ ...receiver.address, ...replaced })
    .start('openssl')
    .output();
  return /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
}

describe("the guide's receiver", () => {
  it('acknowledges what the guide signs with openssl, and keeps it', async () => {
    expect(await sign()).toBe('204');
    expect(await receiver.kept()).toMatchObject([{ id: ID, event: 'session.status' }]);
  });

  it.each([
    ['another secret', { "-hmac 'sixteen": "-hmac 'Sixteen" }],
    ['another body', { '--data-binary "$EVENT"': '--data-binary "$EVENT "' }],
    ['half a signature', { "cut -d' ' -f1": 'cut -c1-64' }],
    ['no signature', { '-H "X-Webhook-Hmac: $HMAC"': '' }],
  ])('refuses %s and keeps nothing', async (_, replaced) => {
    expect(await sign(replaced)).toBe('401');
    expect(await readFile(receiver.path, 'utf8')).toBe('');
  });

  it('keeps a duplicate once, also after it was killed', async () => {
    expect([await sign(), await sign()]).toEqual(['204', '204']);
    await receiver.kill();
    expect(await receiver.start()).toBe(1);
    expect(await sign()).toBe('204');
    expect(await receiver.kept()).toHaveLength(1);
  });

  it('drops what it was writing when it was killed', async () => {
    await sign();
    await receiver.kill();
    await appendFile(receiver.path, '{"id":"evt_01JD4Z0S3M8Q1V7C5T9B');
    expect(await receiver.start()).toBe(1);
    expect(await sign({ [ID]: 'evt_01JD4Z0S3M8Q1V7C5T9B2N6XKS' })).toBe('204');
    expect((await receiver.kept()).map(({ id }) => id)).toEqual([ID, 'evt_01JD4Z0S3M8Q1V7C5T9B2N6XKS']);
  });
});
