import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import type { GatewayConfig } from '#config';
import { apiHeaders, docsHeaders, ErrorFilter, requestLog, ValidationPipe } from '#http';
import { PRODUCT_B } from './compat/index.js';
import { closeWhenDraining } from './health/close-when-draining.js';
import { Readiness } from './health/readiness.js';
import { DOCUMENTATION_PATHS, serveDocumentation } from './openapi.js';
import { requireHost } from './require-host.js';

/** Headers of ours that a page of another origin may read. */
const EXPOSED_HEADERS = [
  'X-Request-Id',
  'Retry-After',
  'X-Participants-Failed',
  'WWW-Authenticate',
  'Preference-Applied',
  'Idempotency-Replayed',
  'ETag',
  ...['Limit', 'Remaining', 'Reset'].flatMap((what) => [`RateLimit-${what}`, `X-RateLimit-${what}`]),
];

/** Everything between a bare Nest application and the gateway: what `main.ts` and every end-to-end test share. */
export function configureApp(app: NestExpressApplication, config: GatewayConfig, logger: Logger): void {
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', config.trustedProxies.length > 0 ? [...config.trustedProxies] : false);

  app.use(requestLog(logger));
  app.use(closeWhenDraining(app.get(Readiness)));
  app.use(apiHeaders(config));
  app.use(requireHost);
  app.use(DOCUMENTATION_PATHS, docsHeaders(config));
  if (config.corsOrigins.length > 0) app.enableCors(cors(config.corsOrigins));

  app.useGlobalFilters(new ErrorFilter(logger, [PRODUCT_B]));
  app.useGlobalPipes(new ValidationPipe());
  serveDocumentation(app, config);
}

function cors(origins: readonly string[]) {
  const origin = origins.includes('*') ? '*' : [...origins];
  return { origin, exposedHeaders: EXPOSED_HEADERS, maxAge: 600 };
}
