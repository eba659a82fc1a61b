import { describe, expect, it } from '@jest/globals';
import { isWholeJpeg } from './jpeg.js';
import { ONE_PIXEL } from './spec-support/one-pixel.js';

const FRAME = ONE_PIXEL.indexOf(Buffer.from([0xff, 0xc2]));
const SCAN = ONE_PIXEL.indexOf(Buffer.from([0xff, 0xda]));

function bytes(...parts: (readonly number[] | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => Uint8Array.from(part)));
}

describe('a picture', () => {
  it('is a JPEG from its first marker to its last', () => {
    expect(isWholeJpeg(ONE_PIXEL)).toBe(true);
  });

  it('may have a thumbnail within, restarts and stuffed bytes in its data, fill before a marker, and more behind it', () => {
    const exif = bytes([0xff, 0xe1, 0, ONE_PIXEL.length + 2], ONE_PIXEL);
    const data = [0xff, 0x00, 0x12, 0xff, 0xd0, 0x34, 0xff];
    const start = ONE_PIXEL.subarray(0, 2);
    const rest = ONE_PIXEL.subarray(2, -2);
    expect(isWholeJpeg(bytes(start, exif, rest, data, [0xff, 0xd9, 0, 1, 2]))).toBe(true);
  });

  it('is none that breaks off anywhere', () => {
    for (let length = 0; length < ONE_PIXEL.length; length++) {
      expect([length, isWholeJpeg(ONE_PIXEL.subarray(0, length))]).toEqual([length, false]);
    }
  });

  it.each<[string, Uint8Array]>([
    ['nothing', bytes()],
    ['text', Buffer.from('picture')],
    ['a PNG', bytes([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
    ['a first and a last marker with nothing between them', bytes([0xff, 0xd8, 0xff, 0xd9])],
    ['data without a frame', bytes([0xff, 0xd8], ONE_PIXEL.subarray(SCAN))],
    ['a frame without data', bytes(ONE_PIXEL.subarray(0, SCAN), [0xff, 0xd9])],
    ['a picture of no height', bytes(ONE_PIXEL).fill(0, FRAME + 5, FRAME + 7)],
    ['a picture of no width', bytes(ONE_PIXEL).fill(0, FRAME + 7, FRAME + 9)],
    ['a segment of no length', bytes([0xff, 0xd8, 0xff, 0xe0, 0, 0], ONE_PIXEL.subarray(2))],
    ['bytes between segments', bytes([0xff, 0xd8, 0x00], ONE_PIXEL.subarray(2))],
  ])('is none that is %s', (_, picture) => {
    expect(isWholeJpeg(picture)).toBe(false);
  });
});
