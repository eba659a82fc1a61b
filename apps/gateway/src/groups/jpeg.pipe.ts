import type { PipeTransform } from '@nestjs/common';
import { ValidationError } from '#errors';
import { isWholeJpeg } from './jpeg.js';

export const JPEG_EXPECTED = 'must be a whole JPEG picture';

/** A body that is a picture from its first byte to its last. */
export class JpegPipe implements PipeTransform<Buffer, Buffer> {
  transform(bytes: Buffer): Buffer {
    if (!isWholeJpeg(bytes)) throw ValidationError.of('body', JPEG_EXPECTED);
    return bytes;
  }
}
