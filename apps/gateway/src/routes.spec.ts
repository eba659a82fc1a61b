import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { REQUIREMENT } from '#auth';
import { IDEMPOTENT, OPERATION, type OperationOptions } from '#http';
import { describeGateway } from './describe-gateway.js';
import { buildDocument } from './openapi.js';

interface Route {
  name: string;
  path: string;
  handler: object;
}

/** The only routes that no credential is needed for. */
const PUBLIC = ['GET /healthz', 'GET /readyz'];

let app: INestApplication;
let routes: Route[];

beforeAll(async () => {
  app = await describeGateway();
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = modules.flatMap((module) => [...module.controllers.values()]);
  routes = controllers.flatMap(({ metatype }) => routesOf(metatype as Type));
});

afterAll(() => app.close());

function routesOf(controller: Type): Route[] {
  const prototype = controller.prototype as Record<string, object>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((method) => {
    const handler = prototype[method];
    if (!handler || !Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
    const verb = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
    const parts = [
      Reflect.getMetadata(PATH_METADATA, controller),
      Reflect.getMetadata(PATH_METADATA, handler),
    ] as string[];
    const path = `/${parts.map((part) => part.replace(/^\/|\/$/g, '')).join('/')}`.replace(/\/{2,}/g, '/');
    return [{ name: `${controller.name}.${method}`, path: `${verb} ${path.replace(/(.)\/$/, '$1')}`, handler }];
  });
}

function operationOf({ handler }: Route): OperationOptions | undefined {
  return Reflect.getMetadata(OPERATION, handler) as OperationOptions | undefined;
}

function namesWhere(condition: (route: Route) => boolean): string[] {
  return routes.filter(condition).map(({ name }) => name);
}

describe('every route', () => {
  it('is found here', () => {
    expect(routes.length).toBeGreaterThan(30);
  });

  it('says what it requires, or that it is public', () => {
    expect(namesWhere(({ handler }) => !Reflect.hasMetadata(REQUIREMENT, handler))).toEqual([]);
  });

  it('is public only where that was decided', () => {
    const open = routes.filter(
      ({ handler }) => (Reflect.getMetadata(REQUIREMENT, handler) as { kind: string }).kind === 'public',
    );
    expect(open.map(({ path }) => path).sort()).toEqual(PUBLIC);
  });

  it('is documented', () => {
    expect(namesWhere((route) => !operationOf(route)?.summary)).toEqual([]);
  });

  it('has a path and an operation id of its own', () => {
    expect(new Set(routes.map(({ path }) => path)).size).toBe(routes.length);
    const ids = routes.map((route) => operationOf(route)?.id ?? route.name.split('.')[1]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('requires the role of an operator under /admin, and nowhere else', () => {
    const byRole = routes.filter(
      ({ handler }) => (Reflect.getMetadata(REQUIREMENT, handler) as { kind: string }).kind === 'role',
    );
    const admin = routes.filter(({ path }) => path.includes(' /api/v1/admin/'));
    expect(byRole).toEqual(admin);
  });

  it('lives under /api/v1, or under /api/group as product B has it, unless it is public', () => {
    expect(
      routes
        .filter(({ path }) => !/ \/api\/(v1|group)\//.test(path))
        .map(({ path }) => path)
        .sort(),
    ).toEqual(PUBLIC);
  });
});

describe('every route that acts on the groups of a session', () => {
  const acting = (): Route[] =>
    routes.filter(
      (route) =>
        /^(POST|PUT|PATCH|DELETE) .*(\/:session\/groups|\/api\/group\/)/.test(route.path) &&
        // What only reads may be done as often as one likes.
        !route.path.endsWith(':sync') &&
        operationOf(route)?.success !== 'never',
    );

  it('takes an idempotency key, and no other one does', () => {
    expect(acting().length).toBeGreaterThanOrEqual(20);
    expect(acting().flatMap(({ name, handler }) => (Reflect.hasMetadata(IDEMPOTENT, handler) ? [] : [name]))).toEqual(
      [],
    );
    const elsewhere = routes.filter(({ path }) => !/^(POST|PUT|PATCH|DELETE) .*(\/groups|\/group\/)/.test(path));
    expect(elsewhere.filter(({ handler }) => Reflect.hasMetadata(IDEMPOTENT, handler))).toEqual([]);
  });
});

describe('the OpenAPI document', () => {
  it('has every route', () => {
    const { paths } = buildDocument(app, {});
    const documented = Object.values(paths).flatMap((path) => Object.values(path as object).filter(isOperation));
    expect(documented).toHaveLength(routes.length);
  });

  it('says of every operation what it requires, and how it fails', () => {
    const { paths } = buildDocument(app, {});
    for (const [path, item] of Object.entries(paths)) {
      for (const operation of Object.values(item as object).filter(isOperation)) {
        const where = `${operation.operationId} ${path}`;
        const open = operation.security?.length === 0;
        expect([where, Object.keys(operation.responses)]).toEqual([
          where,
          expect.arrayContaining(open ? ['500'] : ['401', '403', '500', '503']),
        ]);
        expect([where, operation.description ?? '']).toEqual([
          where,
          open ? expect.anything() : expect.stringMatching(/\*\*(Capability|Role):\*\* /),
        ]);
        expect([where, operation.tags]).toEqual([where, [expect.any(String)]]);
      }
    }
  });

  it('shows the envelope with an example for every error', () => {
    for (const { path, operation } of operations()) {
      const envelope = path.startsWith('/api/group/') ? 'ProductBError' : 'ErrorEnvelope';
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue;
        const json = content?.['application/json'];
        expect([path, json?.schema]).toEqual([path, { $ref: `#/components/schemas/${envelope}` }]);
        expect(Object.values(json?.examples ?? {}).length).toBeGreaterThan(0);
      }
    }
  });

  it('shows its parts in the order in which a reader meets them, and knows every one', () => {
    const { tags = [] } = buildDocument(app, {});
    const names = tags.map(({ name }) => name);
    expect(names).toEqual([
      'Sessions',
      'Groups',
      'Members',
      'Events',
      'Webhooks',
      'Api-keys',
      'Administration',
      'Product B (compatibility)',
      'Health',
    ]);
    expect(new Set(operations().flatMap(({ operation }) => operation.tags))).toEqual(new Set(names));
  });

  it('has an example of every parameter of a path, which the route would take', () => {
    for (const { path, operation } of operations()) {
      for (const name of namesIn(path)) {
        const parameter = operation.parameters?.find((one) => one.in === 'path' && one.name === name);
        expect([path, name, parameter?.example]).toEqual([
          path,
          name,
          expect.stringMatching(WELL_FORMED[name] ?? /^$/),
        ]);
      }
    }
  });

  it('blames in the examples of a route only what the route takes', () => {
    for (const { path, operation } of operations()) {
      const taken = ['body', ...(operation.parameters ?? []).map(({ name }) => name), ...fieldsOf(operation)];
      const examples = Object.values(operation.responses['400']?.content?.['application/json']?.examples ?? {});
      const blamed = examples.flatMap(({ value }) => (value.error.details.fields ?? []).map((field) => field.path));
      const where = `${operation.operationId} ${path}`;
      expect([where, blamed.filter((one) => !taken.includes(one.replace(/\[\d+\]$/, '')))]).toEqual([where, []]);
    }
  });

  it('promises nothing of the route that is reserved', () => {
    const reserved = operations().find(({ operation }) => operation.operationId === 'approveGroupMembers');
    expect(Object.keys(reserved?.operation.responses ?? {})).toEqual(['401', '403', '429', '500', '501', '503']);
  });

  it('tells of the limit of a credential wherever one is needed, and of no other', () => {
    for (const { path, operation } of operations()) {
      const where = `${operation.operationId} ${path}`;
      const name = path.startsWith('/api/group/') ? 'X-RateLimit-Remaining' : 'RateLimit-Remaining';
      const telling = Object.entries(operation.responses).flatMap(([status, { headers }]) =>
        headers && name in headers ? [status] : [],
      );
      const authenticated = Object.keys(operation.responses).filter((status) => status !== '401');
      expect([where, telling]).toEqual([where, operation.security?.length === 0 ? [] : authenticated]);
    }
  });

  it('tells of the idempotency key on the routes that take one, and of how it is refused', () => {
    const taking = operations().filter(({ operation }) =>
      operation.parameters?.some((one) => one.in === 'header' && one.name === 'Idempotency-Key'),
    );
    expect(taking).toHaveLength(routes.filter(({ handler }) => Reflect.hasMetadata(IDEMPOTENT, handler)).length);
    for (const { operation } of taking) {
      const examples = operation.responses['409']?.content?.['application/json']?.examples;
      expect(Object.keys(examples ?? {})).toEqual(
        expect.arrayContaining(['idempotency_key_in_use', 'idempotency_key_reused']),
      );
      const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'));
      expect(success?.[1].headers).toHaveProperty('Idempotency-Replayed');
    }
  });

  it('tells of the header that counts whom WhatsApp declined', () => {
    const telling = operations().filter(({ operation }) =>
      Object.values(operation.responses).some(({ headers }) => headers && 'X-Participants-Failed' in headers),
    );
    expect(telling.map(({ operation }) => operation.operationId)).toEqual([
      'createGroup',
      'addGroupMembers',
      'createInstanceGroup',
    ]);
  });
});

const ID = '[0-7][0-9A-HJKMNP-TV-Z]{25}';
const WELL_FORMED: Record<string, RegExp> = {
  session: new RegExp(`^${ID}$`),
  instance: /^[\w ]{1,100}$/,
  id: new RegExp(`^key_${ID}$`),
  webhook: new RegExp(`^wh_${ID}$`),
  delivery: new RegExp(`^dlv_${ID}$`),
  code: /^[A-Za-z0-9_-]{22}$/,
  gid: /^\d+@g\.us$/,
  jid: /^\d+@s\.whatsapp\.net$/,
};

function operations(): { path: string; operation: DocumentedOperation }[] {
  return Object.entries(buildDocument(app, {}).paths).flatMap(([path, item]) =>
    Object.values(item as object)
      .filter(isOperation)
      .map((operation) => ({ path, operation })),
  );
}

function namesIn(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

/** The properties of the body. */
function fieldsOf({ requestBody }: DocumentedOperation): string[] {
  const name = requestBody?.content['application/json']?.schema.$ref.split('/').at(-1) ?? '';
  const schema = buildDocument(app, {}).components?.schemas?.[name];
  return Object.keys((schema as { properties?: object } | undefined)?.properties ?? {});
}

interface DocumentedOperation {
  operationId: string;
  parameters?: { in: string; name: string; example?: unknown }[];
  requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  description?: string;
  tags?: string[];
  security?: unknown[];
  responses: Record<string, DocumentedResponse>;
}

interface DocumentedResponse {
  headers?: object;
  content?: Record<string, { schema: object; examples?: Record<string, { value: ExampleOf400 }> }>;
}

interface ExampleOf400 {
  error: { details: { fields?: { path: string }[] } };
}

function isOperation(value: unknown): value is DocumentedOperation {
  return typeof value === 'object' && value !== null && 'operationId' in value;
}
