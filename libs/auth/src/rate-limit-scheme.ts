import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

/**
 * How the requests of a controller are counted, and in which headers the caller is told. Each scheme counts for itself:
 * what a credential does on the routes of one takes nothing from what it may do on the other's.
 * - `gateway`: `RateLimit-Limit`, `-Remaining`, `-Reset` (seconds); 600 a minute unless configured.
 * - `product-b`: `X-RateLimit-Limit`, `-Remaining`, `-Reset` (Unix seconds); 100 a minute unless configured.
 */
export type RateLimitSchemeName = 'gateway' | 'product-b';

export const RATE_LIMIT_SCHEME = 'gateway:rate-limit-scheme';
/** The same in OpenAPI. */
export const RATE_LIMIT_EXTENSION = 'x-rate-limit-scheme';

/** Sets the scheme of all routes of a controller; without it, `gateway` holds. */
export function RateLimitScheme(scheme: RateLimitSchemeName): ClassDecorator {
  return applyDecorators(SetMetadata(RATE_LIMIT_SCHEME, scheme), ApiExtension(RATE_LIMIT_EXTENSION, scheme));
}
