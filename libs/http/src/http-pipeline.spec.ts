import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Module,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { NotImplementedError, RateLimitedError, UnauthorizedError } from '#errors';
import type { ErrorDialect } from './error-dialect.js';
import { ErrorFilter } from './error.filter.js';
import { createLogger } from './logger.js';
import { Operation } from './operation.js';
import { PageQuery } from './page.query.js';
import { GroupJidParam } from './params/group-jid.param.js';
import { MemberJidParam } from './params/member-jid.param.js';
import { Text } from './properties/index.js';
import { requestLog } from './request-log.js';
import { ValidationPipe } from './validation.pipe.js';

class Greeting {
  @Text({ description: 'whom to greet' })
  name: string;
}

@Controller('t')
class TestController {
  @Post('greet')
  @Operation({ summary: 'declares a body' })
  greet(@Body() body: Greeting): Greeting {
    return body;
  }

  @Post('reserved')
  @Operation({ summary: 'declares none' })
  reserved(): never {
    throw new NotImplementedError('reserved', 'not yet');
  }

  @Get('list')
  @Operation({ summary: 'a page' })
  list(@Query() page: PageQuery): PageQuery {
    return page;
  }

  @Get('groups/:gid/members/:jid')
  @Operation({ summary: 'JIDs in a path' })
  member(@GroupJidParam() gid: string, @MemberJidParam() jid: string): { gid: string; jid: string } {
    return { gid, jid };
  }

  @Get('fail/:how')
  @Operation({ summary: 'fails' })
  fail(@Param('how') how: string, @Res({ passthrough: true }) response: Response): void {
    response.type('png');
    if (how === 'limited') throw new RateLimitedError('slow down', 1.2);
    if (how === 'late') response.write('half');
    throw new Error('the password is hunter2');
  }
}

@Controller('other')
class OtherController {
  @Get('guests/:id')
  @Operation({ summary: 'one guest' })
  guest(@Param('id') id: string): string {
    return id;
  }

  @Post('greet')
  @Operation({ summary: 'declares a body' })
  greet(@Body() body: Greeting): Greeting {
    return body;
  }
}

@Module({ controllers: [TestController, OtherController] })
class TestModule {}

/** Clients of another server: a text for a body, and no 404. */
const OTHER: ErrorDialect = {
  path: '/other',
  tell: ({ code, message }) => ({ status: code === 'not_found' ? 410 : 400, body: { problem: message } }),
};

class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.switchToHttp().getRequest<Request>().headers.authorization) return true;
    throw new UnauthorizedError();
  }
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: unknown;
}

const lines: Record<string, unknown>[] = [];
let app: NestExpressApplication;
let port: number;

beforeAll(async () => {
  const logger = createLogger(
    { logLevel: 'info' },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  app = await NestFactory.create<NestExpressApplication>(TestModule, { bodyParser: false, logger: false });
  app.use(requestLog(logger));
  app.useGlobalGuards(new TokenGuard());
  app.useGlobalFilters(new ErrorFilter(logger, [OTHER]));
  app.useGlobalPipes(new ValidationPipe());
  await app.listen(0, '127.0.0.1');
  ({ port } = app.getHttpServer().address() as AddressInfo);
});

afterAll(async () => {
  app.getHttpServer().closeAllConnections();
  await app.close();
});

beforeEach(() => {
  lines.length = 0;
});

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  agent?: Agent;
  /** Leaves the request open: `body` is not all of it. */
  unfinished?: boolean;
}

function open(path: string, { method = 'POST', headers = {}, agent }: Sent): ClientRequest {
  return httpRequest({
    port,
    path: path.startsWith('/') ? path : `/t/${path}`,
    method,
    agent,
    headers: { authorization: 'x', ...headers },
  });
}

function send(path: string, sent: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = open(path, sent);
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    if (sent.unfinished) request.write(sent.body);
    else request.end(sent.body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };

function failure(code: string, details: object): object {
  return { error: { code, message: expect.any(String), details } };
}

function field(path: string): object {
  return failure('validation_error', { fields: [{ path, message: expect.any(String) }] });
}

describe('a body', () => {
  it('is read on the routes that declare one', async () => {
    const { status, body } = await send('greet', { headers: JSON_TYPE, body: '{"name":"Ann"}' });
    expect({ status, body }).toEqual({ status: 200, body: { name: 'Ann' } });
  });

  it.each([['application/vnd.api+json'], ['application/json; charset=utf-8'], ['APPLICATION/JSON']])(
    'may come as %s',
    async (type) => {
      const { status } = await send('greet', { headers: { 'content-type': type }, body: '{"name":"Ann"}' });
      expect(status).toBe(200);
    },
  );

  it('may be compressed', async () => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expect(await send('greet', { headers, body: gzipSync('{"name":"Ann"}') })).toMatchObject({ status: 200 });
  });

  it.each([[undefined], ['']])('that is empty counts as {}', async (body) => {
    expect(await send('greet', { body })).toMatchObject({ status: 400, body: field('name') });
  });

  it.each([['{"name":'], ['nothing'], ['"text"'], ['7'], ['null']])(
    'that is %s is a validation error',
    async (body) => {
      expect(await send('greet', { headers: JSON_TYPE, body })).toMatchObject({ status: 400, body: field('body') });
    },
  );

  it('that is a list is a validation error', async () => {
    expect(await send('greet', { headers: JSON_TYPE, body: '[]' })).toMatchObject({ status: 400, body: field('body') });
  });

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
  ])('that is nested without end (%s) is a validation error', async (opening, closing) => {
    const body = `{"name":${opening.repeat(100_000)}1${closing.repeat(100_000)}}`;
    expect(await send('greet', { headers: JSON_TYPE, body })).toMatchObject({ status: 400, body: field('body') });
  });

  it('is never quoted back when it is malformed', async () => {
    const { body } = await send('greet', { headers: JSON_TYPE, body: '{"secret":hunter2}' });
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it.each([
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'application/x-www-form-urlencoded' }],
    [{ 'content-type': 'application/jsonp' }],
    [{}],
    [{ 'content-type': 'application/json; charset=iso-8859-1' }],
    [{ 'content-type': 'application/json', 'content-encoding': 'compress' }],
  ])('with %p is an unsupported media type', async (headers: Record<string, string>) => {
    expect(await send('greet', { headers, body: '{"name":"Ann"}' })).toMatchObject({
      status: 415,
      body: failure('unsupported_media_type', {}),
    });
  });

  it('that is not compressed as it says is a validation error', async () => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expect(await send('greet', { headers, body: 'plain' })).toMatchObject({ status: 400, body: field('body') });
  });

  it('of exactly 1 MiB is read, one byte more is too large', async () => {
    const fits = `{"name":"${'x'.repeat(1024 * 1024 - 11)}"}`;
    expect(await send('greet', { headers: JSON_TYPE, body: fits })).toMatchObject({ status: 400, body: field('name') });
    expect(await send('greet', { headers: JSON_TYPE, body: `${fits} ` })).toMatchObject({
      status: 413,
      body: failure('payload_too_large', {}),
    });
  });

  it('that unpacks to more than 1 MiB is too large', async () => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    const body = gzipSync(`{"name":"${'x'.repeat(2 * 1024 * 1024)}"}`);
    expect(await send('greet', { headers, body })).toMatchObject({ status: 413 });
  });

  it('that announces more than 1 MiB is refused before it has arrived', async () => {
    const headers = { ...JSON_TYPE, 'content-length': '99999999' };
    expect(await send('greet', { headers, body: '{', unfinished: true })).toMatchObject({ status: 413 });
  });

  it('without a length is refused as soon as it exceeds 1 MiB', async () => {
    const body = Buffer.alloc(1024 * 1024 + 1, ' ');
    expect(await send('greet', { headers: JSON_TYPE, body, unfinished: true })).toMatchObject({ status: 413 });
  });

  it('that is too large leaves the connection usable', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const body = Buffer.alloc(4 * 1024 * 1024, ' ');
    expect(await send('greet', { headers: JSON_TYPE, body, agent })).toMatchObject({ status: 413 });
    expect(await send('greet', { headers: JSON_TYPE, body: '{"name":"Ann"}', agent })).toMatchObject({ status: 200 });
    agent.destroy();
  });

  it('is not looked at before the credential', async () => {
    const headers = { authorization: '', ...JSON_TYPE };
    const body = Buffer.alloc(2 * 1024 * 1024, '{');
    expect(await send('greet', { headers, body })).toMatchObject({ status: 401, body: failure('unauthorized', {}) });
  });

  it.each([['{"name":'], ['[1]'], [Buffer.alloc(2 * 1024 * 1024, '{')]])(
    'is not looked at where none is declared',
    async (body) => {
      expect(await send('reserved', { headers: JSON_TYPE, body })).toMatchObject({ status: 501 });
      expect(await send('reserved', { headers: { 'content-type': 'text/plain' }, body })).toMatchObject({
        status: 501,
      });
    },
  );

  it('that stops halfway leaves one line in the log and no answer', async () => {
    const closed = new Promise((resolve) => {
      const request = open('greet', { headers: { ...JSON_TYPE, 'content-length': '100' } });
      request.on('error', resolve);
      request.write('{"na', () => setImmediate(() => request.destroy()));
    });
    await closed;
    await send('list', { method: 'GET' });
    expect(lines.filter(({ url }) => url !== '/t/list')).toEqual([
      expect.objectContaining({ msg: 'request aborted', url: '/t/greet' }),
    ]);
  });
});

describe('a path', () => {
  it('may hold JIDs raw or percent-encoded', async () => {
    for (const at of ['@', '%40']) {
      const path = `groups/120363041234567890${at}g.us/members/6281234567890:12${at}s.whatsapp.net`;
      expect(await send(path, { method: 'GET' })).toMatchObject({
        status: 200,
        body: { gid: '120363041234567890@g.us', jid: '6281234567890@s.whatsapp.net' },
      });
    }
  });

  it('is a validation error that names the bad parameter', async () => {
    const good = { gid: '120363041234567890@g.us', jid: '6281234567890' };
    expect(await send(`groups/x/members/${good.jid}`, { method: 'GET' })).toMatchObject({
      status: 400,
      body: field('gid'),
    });
    expect(await send(`groups/${good.gid}/members/x`, { method: 'GET' })).toMatchObject({
      status: 400,
      body: field('jid'),
    });
  });

  it('with a malformed percent-encoding is a validation error', async () => {
    expect(await send('groups/%zz/members/1', { method: 'GET' })).toMatchObject({ status: 400, body: field('path') });
  });

  it.each([
    ['GET', 'greet'],
    ['PUT', 'greet'],
    ['OPTIONS', 'greet'],
    ['POST', 'nowhere'],
  ])('that no route has is not found: %s %s', async (method, path) => {
    expect(await send(path, { method })).toMatchObject({ status: 404, body: failure('not_found', {}) });
  });

  it('that no route has answers HEAD without a body', async () => {
    expect(await send('nowhere', { method: 'HEAD' })).toMatchObject({ status: 404, body: undefined });
  });
});

describe('a query', () => {
  it('is validated', async () => {
    expect(await send('list?limit=2', { method: 'GET' })).toMatchObject({ status: 200, body: { limit: 2 } });
    expect(await send('list?limit=0', { method: 'GET' })).toMatchObject({ status: 400, body: field('limit') });
    expect(await send('list?page=0', { method: 'GET' })).toMatchObject({ status: 400, body: field('page') });
  });
});

describe('an error', () => {
  it('that nobody expected is masked, and in the log under the id that the client is told', async () => {
    const { status, headers, body } = await send('fail/badly', { method: 'GET' });
    const requestId = headers['x-request-id'];
    expect({ status, body }).toEqual({ status: 500, body: failure('internal', { requestId }) });
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        requestId,
        err: expect.objectContaining({ stack: expect.any(String) }),
      }),
    );
  });

  it('is JSON even where the handler had announced something else', async () => {
    const { headers } = await send('fail/badly', { method: 'GET' });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('says when to try again in whole seconds', async () => {
    const { status, headers } = await send('fail/limited', { method: 'GET' });
    expect({ status, wait: headers['retry-after'] }).toEqual({ status: 429, wait: '2' });
  });

  it('in the middle of an answer ends the connection', async () => {
    await expect(send('fail/late', { method: 'GET' })).rejects.toThrow();
  });

  it('of the credential says which kind is due', async () => {
    const { headers } = await send('list', { method: 'GET', headers: { authorization: '' } });
    expect(headers['www-authenticate']).toBe('Bearer');
  });

  it.each<[string, string, Sent, number, string]>([
    ['a bad body', '/other/greet', { headers: JSON_TYPE, body: '{}' }, 400, 'name: is required'],
    ['malformed JSON', '/other/greet', { headers: JSON_TYPE, body: '{' }, 400, 'body: is not valid JSON'],
    ['no credential', '/OTHER/greet', { headers: { authorization: '' } }, 400, 'a valid bearer token is required'],
    ['an unknown route', '/other/nowhere', { method: 'GET' }, 410, 'route not found'],
    ['the path itself', '/other?x=/t', { method: 'GET' }, 410, 'route not found'],
    [
      'a path that cannot be read',
      '/other/guests/%zz',
      { method: 'GET' },
      400,
      'path: holds a malformed percent-encoding',
    ],
  ])('is told as the clients of a path know it: %s', async (_, path, sent, status, message) => {
    expect(await send(path, sent)).toMatchObject({ status, body: { problem: message } });
  });

  it('is told as everywhere else next to such a path', async () => {
    expect(await send('/others/greet')).toMatchObject({ status: 404, body: failure('not_found', {}) });
  });
});

describe('a request id', () => {
  it.each([['abc.DEF_1-2'], ['x'.repeat(128)]])('is kept and echoed when it is well-formed', async (id) => {
    const { headers } = await send('list', { method: 'GET', headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toBe(id);
  });

  it.each([['a b'], ['x'.repeat(129)], [''], ['{}'], ['é']])('is made when it is %p', async (id) => {
    const { headers } = await send('list', { method: 'GET', headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('the log', () => {
  it('has one line for each request, with no header, body or secret parameter', async () => {
    await send('greet?ticket=hunter2', {
      headers: { ...JSON_TYPE, authorization: 'Bearer hunter2', 'x-api-key': 'hunter2', cookie: 'hunter2' },
      body: '{"name":"hunter2"}',
    });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'info',
        msg: 'request',
        method: 'POST',
        url: '/t/greet?ticket=[redacted]',
        status: 200,
        ms: expect.any(Number),
        requestId: expect.any(String),
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });
});

describe('a connection', () => {
  it('that is closed in the middle of a request does no harm', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.end('POST /t/greet HTTP/1.1\r\nHost: x\r\nAuthorization: x\r\nContent-Le');
        socket.on('close', () => resolve());
        socket.resume();
      });
    });
    expect(await send('list', { method: 'GET' })).toMatchObject({ status: 200 });
  });
});
