import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { API_KEY_SCHEME, BEARER_SCHEME, TICKET_SCHEME, TOKEN_SCHEME } from '#auth';
import { type GatewayConfig, gatewayVersion } from '#config';
import { describeProductB } from './compat/index.js';
import { completeOperations } from './openapi-operations.js';
import { describeWebhooks } from './openapi-webhooks.js';

/** Paths that are served with the headers that Swagger UI needs. */
export const DOCUMENTATION_PATHS = ['/docs'];

const DESCRIPTION = `
Link WhatsApp accounts, read their groups, act on their members.

Every request but the health checks carries \`Authorization: Bearer <token>\`: a login JWT of your front end, or an api-key
(\`wa_…\`). An api-key may also come in \`x-api-key\`; with both sent, \`Authorization\` decides.

Timestamps are epoch milliseconds, UTC. A list answers \`{"data": [], "nextCursor": ""}\`; an empty \`nextCursor\` is the last
page. Every 4xx and 5xx outside \`/api/group\` answers \`{"error": {"code", "message", "details"}}\`. A JID in a path may be sent raw or
percent-encoded. \`X-Request-Id\` is echoed, and made where it is missing.
`.trim();

/** In the order in which they are shown. */
const TAGS: readonly (readonly [name: string, description: string])[] = [
  ['Sessions', 'Linked WhatsApp accounts: making, linking, starting and stopping them'],
  ['Groups', 'The groups of a session: stored data, settings, invites, joining and leaving'],
  ['Members', 'Who is in a group, and what they may do there'],
  ['Events', 'What happens, as it happens, and what happened meanwhile'],
  ['Webhooks', 'Events, posted to endpoints of yours: signed, in order, until they arrive'],
  ['Api-keys', 'Credentials for scripts and services'],
  ['Administration', 'For the operator of the platform'],
  ['Product B (compatibility)', 'For clients that were written for it: its routes, its envelope, its messages'],
  ['Health', 'Whether the process lives, and whether it can serve'],
];

/** The OpenAPI document of every route of the application. The same whatever the configuration, but for `servers`. */
export function buildDocument(app: INestApplication, { publicUrl }: Pick<GatewayConfig, 'publicUrl'>): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('WhaTS Gateway')
    .setDescription(DESCRIPTION)
    .setVersion(gatewayVersion())
    .setOpenAPIVersion('3.1.0')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer(publicUrl ?? '/')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A login JWT, or an api-key' },
      BEARER_SCHEME,
    )
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An api-key' }, API_KEY_SCHEME)
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'token', description: 'An api-key, on the routes of product B' },
      TOKEN_SCHEME,
    )
    .addApiKey(
      { type: 'apiKey', in: 'query', name: 'ticket', description: 'A ticket for one WebSocket' },
      TICKET_SCHEME,
    );
  for (const [name, description] of TAGS) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (_, method) => method,
    autoTagControllers: false,
  });
  return describeWebhooks(describeProductB(completeOperations(document)));
}

/** Swagger UI at `/docs` from files of this machine, the document at `/openapi.json` and `/openapi.yaml`. */
export function serveDocumentation(app: NestExpressApplication, config: GatewayConfig): void {
  SwaggerModule.setup('docs', app, () => buildDocument(app, config), {
    customSiteTitle: 'WhaTS Gateway API',
    jsonDocumentUrl: '/openapi.json',
    yamlDocumentUrl: '/openapi.yaml',
    swaggerOptions: {
      persistAuthorization: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      displayOperationId: true,
      validatorUrl: null,
    },
  });
}
