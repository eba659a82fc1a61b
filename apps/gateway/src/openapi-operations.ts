import type { OpenAPIObject } from '@nestjs/swagger';
import { errorContent, STATUS_OF } from '#http';
import { addIdempotency, addRateLimit } from './openapi-limits.js';
import { join, type Operation } from './openapi-responses.js';

type Parameter = Extract<NonNullable<Operation['parameters']>[number], { in: string }>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** What each path parameter is, told once for all routes. */
const PATH_PARAMETERS: Readonly<Record<string, { description: string; example: string }>> = {
  session: { description: 'Id of the session', example: '01JD4Z0S3M8Q1V7C5T9B2N6XKR' },
  instance: { description: 'Id or label of the session', example: 'Support desk' },
  gid: {
    description: "The group's JID, ending in `@g.us`; the `@` raw or as `%40`",
    example: '120363041234567890@g.us',
  },
  jid: {
    description: "The member's phone JID, LID, or the digits of the phone number",
    example: '6281234567890@s.whatsapp.net',
  },
  code: { description: 'The code of an invite, or its link percent-encoded', example: 'AbCdEfGhIjKlMnOpQrStUv' },
  webhook: { description: 'Id of the webhook', example: 'wh_01JD4Z0S3M8Q1V7C5T9B2N6XKR' },
  delivery: { description: 'Id of the delivery', example: 'dlv_01JD4Z0S3M8Q1V7C5T9B2N6XKR' },
  id: { description: 'Id of the api-key', example: 'key_01JD4Z0S3M8Q1V7C5T9B2N6XKR' },
};

/** Adds to every operation what follows from its requirement: the capability, and the errors that every route shares. */
export function completeOperations(document: OpenAPIObject): OpenAPIObject {
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (operation) complete(operation);
    }
  }
  return document;
}

function complete(operation: Operation): void {
  for (const parameter of operation.parameters ?? []) {
    if ('in' in parameter && parameter.in === 'path') describe(parameter);
  }
  const required = requirementOf(operation);
  if (!required) operation.security = [];
  else {
    operation.description = [operation.description, `**${required.label}:** ${required.text}`]
      .filter(Boolean)
      .join('\n\n');
    addError(operation, 'unauthorized');
    addMissingCapability(operation, required.names);
  }
  addError(operation, 'internal');
  if (required) addDatabaseAway(operation);
  if (isBodyRead(operation)) {
    addError(operation, 'payload_too_large');
    addError(operation, 'unsupported_media_type');
  }
  addIdempotency(operation);
  if (required) addRateLimit(operation);
  sortResponses(operation);
}

/** A reserved route takes any body, since it looks at none. */
function isBodyRead({ requestBody }: Operation): boolean {
  return requestBody !== undefined && 'required' in requestBody && requestBody.required === true;
}

function describe(parameter: Parameter): void {
  Object.assign(parameter, PATH_PARAMETERS[parameter.name]);
}

function requirementOf(operation: Operation): { label: string; text: string; names: string[] } | undefined {
  const extended = operation as { 'x-required-capability'?: string[]; 'x-required-role'?: string };
  const capabilities = extended['x-required-capability'];
  if (capabilities) return { label: 'Capability', text: orList(capabilities), names: capabilities };
  const role = extended['x-required-role'];
  return role === undefined ? undefined : { label: 'Role', text: `\`${role}\` (login JWT only)`, names: [role] };
}

function orList(names: string[]): string {
  return `requires ${names.map((name) => `\`${name}\``).join(' or ')}`;
}

function addError(
  operation: Operation,
  code: 'unauthorized' | 'internal' | 'payload_too_large' | 'unsupported_media_type',
): void {
  operation.responses[String(STATUS_OF[code])] ??= errorContent(code);
}

function addMissingCapability(operation: Operation, required: string[]): void {
  const message = `this needs ${required.join(' or ')}`;
  const missing = { code: 'forbidden', message, details: { reason: 'capability_missing', required } } as const;
  join(operation, STATUS_OF.forbidden, errorContent('forbidden', [missing]));
}

/** Whoever presents a credential makes us look something up. */
function addDatabaseAway(operation: Operation): void {
  join(operation, STATUS_OF.gateway_unavailable, errorContent('gateway_unavailable'));
}

function sortResponses(operation: Operation): void {
  const byStatus = Object.entries(operation.responses).sort(([one], [other]) => Number(one) - Number(other));
  operation.responses = Object.fromEntries(byStatus);
}
