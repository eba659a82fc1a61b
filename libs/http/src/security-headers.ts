import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayConfig } from '#config';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * Answers of the API are data: nothing of them may be framed, sniffed, run or kept by a cache.
 */
export function apiHeaders(config: Pick<GatewayConfig, 'publicUrl'>): Middleware {
  const headers: readonly (readonly [string, string])[] = [
    ['Cache-Control', 'no-store'],
    ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
    ['Referrer-Policy', 'no-referrer'],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Frame-Options', 'DENY'],
    ...(isSecure(config) ? ([['Strict-Transport-Security', 'max-age=31536000']] as const) : []),
  ];
  return (_, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

/** What Swagger UI needs to work: its own scripts, its inline styles, and calls to this very origin, on plain http too. */
export function docsHeaders(config: Pick<GatewayConfig, 'publicUrl'>): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    strictTransportSecurity: isSecure(config),
    // On plain http browsers ignore it, with a warning on every load.
    crossOriginOpenerPolicy: isSecure(config),
  });
}

function isSecure({ publicUrl }: Pick<GatewayConfig, 'publicUrl'>): boolean {
  return publicUrl?.startsWith('https:') ?? false;
}
