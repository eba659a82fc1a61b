import { Injectable } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { TenantScope } from '#store';

/** A request whose outcome nobody knows. All of it but the key comes from the replay, which asks for just the same. */
export interface UnresolvedRequest {
  /** What the caller of the replay may see. */
  scope: TenantScope;
  sessionId: string;
  /** Of the path: decoded, and as valid as the route's own pipes ask for. */
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>>;
  /** As it came, and valid. */
  body: unknown;
  headers: IncomingHttpHeaders;
}

/** What a route answered, or would have. */
export interface RecordedResponse {
  /** The route's own success unless given. */
  status?: number;
  /** Those that the route itself sets. */
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; `undefined`: no body. */
  body?: unknown;
}

/**
 * Finds out what became of an action whose answer was lost, because WhatsApp did not give one or because the process died
 * in the middle: by reading how things are now. It never acts.
 */
export abstract class OutcomeResolver {
  /**
   * `undefined`: it cannot be known, as far as can be seen now; the client hears 504. So it does when this throws, for
   * example because the session is not connected, and the next replay asks again.
   */
  abstract resolve(request: UnresolvedRequest): Promise<RecordedResponse | undefined>;
}

/** For actions that leave nothing behind by which they could be recognised. */
@Injectable()
export class NeverKnown extends OutcomeResolver {
  resolve(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
