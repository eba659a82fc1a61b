import { getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
import { AppError, type ErrorCode, type ErrorDetails } from '#errors';
import { ProductBError } from './error.dto.js';
import { PRODUCT_B, PRODUCT_B_PATH } from './product-b.dialect.js';

interface Example {
  summary?: string;
  value: { error: { code: ErrorCode; message: string; details: ErrorDetails } };
}

interface ErrorResponse {
  description: string;
  headers?: object;
  content: { 'application/json': { schema: object; examples: Record<string, Example> } };
}

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = Record<string, ErrorResponse>;

/** Shows the errors of product B's routes in its own words and under the statuses that they have there. */
export function describeProductB(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    if (!path.startsWith(`${PRODUCT_B_PATH}/`)) continue;
    for (const operation of [item.get, item.post, item.put, item.delete]) if (operation) retell(operation);
  }
  return document;
}

function retell(operation: Operation): void {
  const all = Object.entries(operation.responses as Responses);
  const told: Responses = {};
  for (const [status, response] of all) {
    if (Number(status) < 400) continue;
    for (const [name, example] of Object.entries(response.content['application/json'].examples)) {
      add(told, response, name, example);
    }
  }
  const successes = all.filter(([status]) => Number(status) < 400);
  operation.responses = Object.fromEntries([...successes, ...Object.entries(told)]) as Operation['responses'];
}

function add(told: Responses, { headers }: ErrorResponse, name: string, { value }: Example): void {
  const { code, message, details } = value.error;
  const { status, body } = PRODUCT_B.tell(new AppError(code, message, details));
  const shown = (body as Example['value']).error;
  const known = told[status];
  const examples = { ...known?.content['application/json'].examples, [name]: { summary: shown.message, value: body } };
  const messages = [...new Set(Object.values(examples).map(({ summary }) => summary))].join('; ');
  told[status] = {
    description: `\`${shown.code}\`: ${messages}`,
    ...((known?.headers ?? headers) && { headers: { ...known?.headers, ...headers } }),
    content: {
      'application/json': {
        schema: { $ref: getSchemaPath(ProductBError) },
        examples: examples as Record<string, Example>,
      },
    },
  };
}
