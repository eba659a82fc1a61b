import type { IncomingMessage } from 'node:http';
import { AppError, ValidationError } from '#errors';

/** What a body that is not JSON has to be. */
export interface RawBodyRule {
  /** Media type, in lower case: `image/jpeg`. */
  type: string;
  limitBytes: number;
}

/** Reads the body as it is. Rejects with `payload_too_large`, `unsupported_media_type` or `validation_error`. */
export async function readRawBody(request: IncomingMessage, { type, limitBytes }: RawBodyRule): Promise<Buffer> {
  const { headers } = request;
  if (Number(headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const given = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (given !== type) throw new AppError('unsupported_media_type', `the body must be ${type}`);
  if (headers['content-encoding'] !== undefined) {
    throw new AppError('unsupported_media_type', 'the body must not be encoded');
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received <= limitBytes) return void chunks.push(chunk);
      // The rest goes by unread: a client that still sends would not hear a connection's end as an answer.
      chunks.length = 0;
      reject(tooLarge(limitBytes));
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', (cause) => reject(ValidationError.of('body', 'did not arrive whole', { cause })));
    request.once('close', () => reject(ValidationError.of('body', 'did not arrive whole')));
  });
}

function tooLarge(limitBytes: number): AppError {
  return new AppError('payload_too_large', `the body is larger than ${limitBytes / 1024} KiB`);
}
