import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import type { HttpLogger } from 'pino-http';
import { loggableUrl } from './loggable-url.js';
import { requestId } from './request-id.js';

interface LoggedRequest extends IncomingMessage {
  originalUrl?: string;
  user?: { kind: string; organizationId: string };
}

/** Gives each request its id and writes one line when it is done. No header and no body is ever logged. */
export function requestLog(logger: Logger): HttpLogger {
  return pinoHttp({
    logger,
    genReqId: requestId,
    wrapSerializers: false,
    // pino-http binds the whole request to a logger of its own, even where nothing of it is to be logged.
    serializers: { req: () => undefined },
    quietReqLogger: true,
    quietResLogger: true,
    customAttributeKeys: { reqId: 'requestId' },
    customLogLevel: (_, response, error) => (error || response.statusCode >= 500 ? 'warn' : 'info'),
    customSuccessMessage: (request, response) =>
      request.readableAborted && !response.writableEnded ? 'request aborted' : 'request',
    customErrorMessage: () => 'request',
    customSuccessObject: (request, response, value: { responseTime: number }) => line(request, response, value),
    customErrorObject: (request, response, _, value: { responseTime: number }) => line(request, response, value),
  });
}

function line(request: LoggedRequest, response: ServerResponse, { responseTime }: { responseTime: number }): object {
  return {
    method: request.method,
    url: loggableUrl(request.originalUrl ?? request.url ?? ''),
    status: response.statusCode,
    ms: responseTime,
    caller: request.user?.kind,
    organization: request.user?.organizationId,
  };
}
