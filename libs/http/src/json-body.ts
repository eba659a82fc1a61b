import express, { type Request, type Response } from 'express';
import type { IncomingMessage } from 'node:http';
import { AppError, ValidationError } from '#errors';

export const BODY_LIMIT = 1024 * 1024;

/** More than any body of this API has. */
const MOST_LEVELS = 32;

const JSON_TYPE = /^application\/(?:[\w.!#$&^-]+\+)?json\s*(?:;|$)/i;

const parse = express.json({ limit: BODY_LIMIT, type: () => true });

/**
 * Reads the body as JSON; none at all counts as `{}`, so that missing fields are named. Rejects with `payload_too_large`,
 * `unsupported_media_type` or `validation_error`.
 */
export async function readJsonBody(request: Request, response: Response): Promise<unknown> {
  if (!hasBody(request)) return {};
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge();
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) {
    throw new AppError('unsupported_media_type', 'the body must be application/json');
  }
  await new Promise<void>((resolve, reject) => {
    refuseWhenTooLarge(request, reject);
    parse(request, response, (error?: unknown) => (error ? reject(translated(error)) : resolve()));
  });
  if (isDeeper(request.body, MOST_LEVELS)) throw ValidationError.of('body', 'is nested too deeply');
  return request.body;
}

/** JSON.parse takes any depth, class-transformer takes one call of itself for each level. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** body-parser answers only once it has read an oversized body to its end; an endless one would hang. */
function refuseWhenTooLarge(request: IncomingMessage, reject: (error: Error) => void): void {
  let received = 0;
  request.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > BODY_LIMIT) reject(tooLarge());
  });
}

function tooLarge(): AppError {
  return new AppError('payload_too_large', 'the body is larger than 1 MiB');
}

/** The text of body-parser's errors quotes the body, so none of it goes on. */
function translated(cause: unknown): Error {
  const { status, type } = cause as { status?: unknown; type?: unknown };
  if (status === 413) return tooLarge();
  if (status === 415) {
    return new AppError('unsupported_media_type', 'the charset or encoding of the body is not supported');
  }
  if (status !== 400) return cause instanceof Error ? cause : new Error('the body could not be read', { cause });
  return ValidationError.of('body', type === 'entity.parse.failed' ? 'is not valid JSON' : 'cannot be read');
}
