import { describe, expect, it } from '@jest/globals';
import { frame, FrameReader, INTRO } from './frames.js';

const HELLO = Buffer.from('hello');
const WORLD = Buffer.alloc(3_000, 1);
const ROUTED = Buffer.concat([Buffer.from([0x45, 0x44, 0, 1, 0, 0, 4]), Buffer.from('edge'), INTRO]);

describe('frames', () => {
  it.each([
    ['a plain intro', INTRO],
    ['routing information before the intro', ROUTED],
  ])('are read after %s, however the bytes are cut', (_name, intro) => {
    const bytes = Buffer.concat([intro, frame(HELLO), frame(WORLD)]);
    for (const size of [1, 2, 7, 1_000, bytes.length]) {
      const reader = new FrameReader();
      const read: Buffer[] = [];
      for (let start = 0; start < bytes.length; start += size) {
        read.push(...reader.push(Buffer.from(bytes.subarray(start, start + size))));
      }
      expect(read).toEqual([HELLO, WORLD]);
    }
  });

  it('are not read from anybody but a WhatsApp client', () => {
    expect(() => new FrameReader().push(Buffer.from('GET / HTTP/1.1'))).toThrow('wrong intro');
  });

  it('carry less than 16 MiB', () => {
    expect(() => frame(Buffer.alloc(1 << 24))).toThrow(RangeError);
  });
});
