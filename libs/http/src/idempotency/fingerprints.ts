import type { Request } from 'express';
import { createHash } from 'node:crypto';

/**
 * SHA-256 of method and concrete path. Made of the route and its decoded parameters: `%40` for `@`, a slash at the end
 * and letters in another case reach the same resource.
 */
export function routeHash(request: Request): Buffer {
  const { path } = request.route as { path: unknown };
  return sha256(canonical([request.method, path, { ...request.params }]));
}

/** SHA-256 of what the request asks for beside its path: the query and the body, however they are written. */
export function requestHash({ body, query }: Request): Buffer {
  const content: unknown = body;
  if (content instanceof Uint8Array) return sha256(Buffer.concat([Buffer.from(canonical({ ...query })), content]));
  return sha256(canonical([{ ...query }, content ?? {}]));
}

/** JSON in which the order of an object's fields does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (isObject(item) ? sorted(item) : item));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(value: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function sha256(content: string | Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
