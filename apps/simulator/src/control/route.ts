import type { z } from 'zod';
import type { Simulator } from '../simulator.js';

export interface ControlRequest<Body> {
  simulator: Simulator;
  /** Values of the `:names` in the path. */
  params: Record<string, string>;
  query: URLSearchParams;
  body: Body;
}

/** One thing that a person can ask of the simulator by HTTP. */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** `/groups/:gid/add` */
  path: string;
  does: string;
  /** An example of the body, for the list of routes. */
  example?: unknown;
  run(request: ControlRequest<unknown>): Promise<unknown>;
}

interface Description<Schema extends z.ZodType> {
  does: string;
  body: Schema;
  example: z.input<Schema>;
  run: (request: ControlRequest<z.output<Schema>>) => unknown;
}

/** A route without a body. What `run` returns is the answer; nothing is `{ok: true}`. */
export function get(path: string, does: string, run: (request: ControlRequest<unknown>) => unknown): Route {
  return { method: 'GET', path, does, run: (request) => Promise.resolve(run(request)) };
}

/** A route whose body is checked before it runs. */
export function post<Schema extends z.ZodType>(path: string, description: Description<Schema>): Route {
  const { does, body, example, run } = description;
  return {
    method: 'POST',
    path,
    does,
    example,
    run: (request) => Promise.resolve(run({ ...request, body: body.parse(request.body) })),
  };
}
