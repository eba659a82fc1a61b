import type { OpenAPIObject } from '@nestjs/swagger';
import { errorContent } from '#http';

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Content = ReturnType<typeof errorContent>;
type Headers = NonNullable<Content['headers']>;

/** Adds to what the route itself says of a status. */
export function join(operation: Operation, status: number, content: Content): void {
  const known = operation.responses[status] as Content | undefined;
  operation.responses[status] = known ? merged(known, content) : content;
}

function merged(one: Content, other: Content): Content {
  const description = `${one.description}; ${other.description.split(': ').slice(1).join(': ')}`;
  const json = one.content?.['application/json'];
  const examples = { ...json?.examples, ...other.content?.['application/json']?.examples };
  const headers = { ...one.headers, ...other.headers };
  return {
    ...one,
    description,
    ...(Object.keys(headers).length > 0 && { headers }),
    content: { 'application/json': { ...json, examples } },
  };
}

/** Adds headers to every response whose status is among `statuses`. */
export function addHeaders(operation: Operation, headers: Headers, statuses: (status: number) => boolean): void {
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!statuses(Number(status)) || !response || '$ref' in response) continue;
    response.headers = { ...response.headers, ...headers };
  }
}
