import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Simulator } from '../simulator.js';
import { ControlError, toControlError } from './control-error.js';
import type { Route } from './route.js';
import { accountRoutes } from './routes/accounts.js';
import { faultRoutes } from './routes/faults.js';
import { groupRoutes } from './routes/groups.js';
import { joiningRoutes } from './routes/joining.js';

const MAX_BODY_BYTES = 1024 * 1024;
const ROUTES: readonly Route[] = [...accountRoutes, ...groupRoutes, ...joiningRoutes, ...faultRoutes];

interface Match {
  route: Route;
  params: Record<string, string>;
}

/** The simulator's HTTP side, for people with `curl`. It has no lock: whoever reaches it owns this WhatsApp. */
export class ControlServer {
  private readonly server: Server;

  constructor(private readonly simulator: Simulator) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  get url(): string {
    const { address, port, family } = this.server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const result = await this.run(request);
      send(response, 200, result ?? { ok: true });
    } catch (error) {
      const { status, field, message } = toControlError(error);
      send(response, status, { error: { ...(field !== undefined && { field }), message } });
    }
  }

  private async run(request: IncomingMessage): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control');
    if (pathname === '/' && request.method === 'GET') return this.contents();
    const { route, params } = this.match(request.method ?? '', pathname);
    const body = request.method === 'POST' ? await readBody(request) : undefined;
    return route.run({ simulator: this.simulator, params, query: searchParams, body });
  }

  private contents(): unknown {
    return {
      whatsapp: { url: this.simulator.url, rootKey: this.simulator.rootKey },
      routes: ROUTES.map(({ method, path, does, example }) => ({ route: `${method} ${path}`, does, body: example })),
    };
  }

  private match(method: string, pathname: string): Match {
    const matches = ROUTES.flatMap((route): Match[] => {
      const params = matchPath(route.path, pathname);
      return params === undefined ? [] : [{ route, params }];
    });
    if (matches.length === 0) throw new ControlError(404, 'no such route; GET / lists them');
    const match = matches.find(({ route }) => route.method === method);
    if (match === undefined) throw new ControlError(405, `${pathname} does not take ${method}; GET / lists the routes`);
    return match;
  }
}

function matchPath(pattern: string, pathname: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), pathname.split('/')];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decoded(value);
    else if (part !== value) return undefined;
  }
  return params;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    throw new ControlError(400, `${value} is not percent-encoded as it should be`, 'path', { cause: error });
  }
}

/** Only JSON: a page in a browser cannot send that to another origin unasked. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new ControlError(415, 'send the body as application/json');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to the end all the same: hanging up in the middle would lose the answer.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) throw new ControlError(413, `a body has at most ${MAX_BODY_BYTES} bytes`);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch (error) {
    throw new ControlError(400, 'the body is not JSON', undefined, { cause: error });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body, undefined, 2)}\n`);
}
