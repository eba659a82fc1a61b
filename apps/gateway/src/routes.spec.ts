import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { REQUIREMENT } from '#auth';
import { OPERATION, type OperationOptions } from '#http';
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

  it('lives under /api/v1 unless it is public', () => {
    expect(
      routes
        .filter(({ path }) => !path.includes(' /api/v1/'))
        .map(({ path }) => path)
        .sort(),
    ).toEqual(PUBLIC);
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
          expect.arrayContaining(open ? ['500'] : ['401', '403', '500']),
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
    const { paths } = buildDocument(app, {});
    const responses = Object.values(paths)
      .flatMap((path) => Object.values(path as object).filter(isOperation))
      .flatMap((operation) => Object.entries(operation.responses))
      .filter(([status]) => Number(status) >= 400);
    for (const [, { content }] of responses) {
      const json = content?.['application/json'];
      expect(json?.schema).toEqual({ $ref: '#/components/schemas/ErrorEnvelope' });
      expect(Object.values(json?.examples ?? {}).length).toBeGreaterThan(0);
    }
  });
});

interface DocumentedOperation {
  operationId: string;
  description?: string;
  tags?: string[];
  security?: unknown[];
  responses: Record<string, { content?: Record<string, { schema: object; examples?: object }> }>;
}

function isOperation(value: unknown): value is DocumentedOperation {
  return typeof value === 'object' && value !== null && 'operationId' in value;
}
