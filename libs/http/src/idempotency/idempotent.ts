import { applyDecorators, Inject, Req, Res, SetMetadata, type Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { ApiExtension, ApiHeader } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { IdempotentActions, type IdempotencyOptions } from './idempotent-actions.js';
import { IDEMPOTENCY_KEY } from './idempotency-key.js';
import { NeverKnown, type OutcomeResolver } from './outcome-resolver.js';

export const IDEMPOTENT = 'gateway:idempotent';
/** What OpenAPI knows such a route by, until its parts are added. */
export const IDEMPOTENT_EXTENSION = 'x-idempotent';

type Resolver = Type<OutcomeResolver> | (abstract new (...parts: never[]) => OutcomeResolver);
type Handler = (this: Record<symbol, unknown>, ...parameters: unknown[]) => unknown;

const ACTIONS = Symbol('IdempotentActions');

/**
 * The route takes `Idempotency-Key`: sent again with the same key, it answers what it answered first and acts on nothing.
 * For every POST, PUT, PATCH and DELETE that acts on WhatsApp.
 *
 * ```ts
 * @Post('members')
 * @Requires('send')
 * @Idempotent(MembersAdded)     // between @Requires and @Operation
 * @Operation({ … })
 * ```
 *
 * `resolver` finds out by reading what became of an action whose outcome is unknown; it is a provider of the
 * controller's module (`extends OutcomeResolver`, `@Injectable()`). `NeverKnown` is for actions that leave no trace, and
 * needs no provider. Errors are replayed as an `AppError` with the same `code`, `message` and `details`, not of the same
 * class: filters go by the code. Without the header a request costs one comparison more.
 *
 * It runs after the pipes, so that bad input is told before anything else, and looks up the session itself: the handler
 * is not asked before that.
 */
export function Idempotent(resolver: Resolver, options: IdempotencyOptions = {}): MethodDecorator {
  return applyDecorators(
    SetMetadata(IDEMPOTENT, true),
    ApiExtension(IDEMPOTENT_EXTENSION, true),
    ApiHeader({
      name: IDEMPOTENCY_KEY,
      required: false,
      description:
        'Up to 255 visible characters, new for each action: sent again with the same one, nothing is done twice',
      schema: { type: 'string', minLength: 1, maxLength: 255, example: '8f14e45f-ceea-467f-a8f2-7d4b6c0c2b7e' },
    }),
    wrapped(resolver, options),
  );
}

/**
 * The handler itself is wrapped: of all that Nest runs, nothing else comes after the pipes. Interceptors come before
 * them, and cost every request of the route.
 */
function wrapped(resolver: Resolver, options: IdempotencyOptions): MethodDecorator {
  return (prototype, name, descriptor) => {
    const handler = descriptor.value as Handler;
    const index = parametersOf(prototype, name);
    const resolving = Symbol(resolver.name);
    Req()(prototype, name, index);
    Res({ passthrough: true })(prototype, name, index + 1);
    Inject(IdempotentActions)(prototype, ACTIONS);
    if (resolver !== NeverKnown) Inject(resolver)(prototype, resolving);

    const idempotent: Handler = function (...parameters) {
      const request = parameters[index] as Request;
      if (request.headers['idempotency-key'] === undefined) return handler.apply(this, parameters);
      const response = parameters[index + 1] as Response;
      const actions = this[ACTIONS] as IdempotentActions;
      const outcomes = resolver === NeverKnown ? new NeverKnown() : (this[resolving] as OutcomeResolver);
      return actions.run(request, response, outcomes, options, () => handler.apply(this, parameters));
    };
    copyMetadata(handler, idempotent);
    Object.assign(descriptor, { value: idempotent });
  };
}

/** Parameter decorators have run by now. */
function parametersOf(prototype: object, name: string | symbol): number {
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, prototype.constructor, name) ?? {}) as object;
  return Math.max(-1, ...Object.values(declared).map(({ index }: { index: number }) => index)) + 1;
}

/** Decorators below this one have said theirs of the handler that is no longer called. */
function copyMetadata(from: object, to: object): void {
  Object.defineProperty(to, 'name', { value: (from as { name: string }).name });
  for (const key of Reflect.getMetadataKeys(from) as string[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
}
