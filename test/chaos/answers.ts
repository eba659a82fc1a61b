import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATUS_OF } from '#http';

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'openapi.json');
/** As paths of the document. */
const SESSION = '/api/v1/sessions/{session}';
export const ROUTES = {
  listSessions: { method: 'get', path: '/api/v1/sessions' },
  listGroups: { method: 'get', path: `${SESSION}/groups` },
  listMembers: { method: 'get', path: `${SESSION}/groups/{gid}/members` },
  add: { method: 'post', path: `${SESSION}/groups/{gid}/members` },
  remove: { method: 'delete', path: `${SESSION}/groups/{gid}/members/{jid}` },
} as const;

export type RouteName = keyof typeof ROUTES;

/** Which refusals there can be when all that is asked for is in order and the world is not. */
const EXPECTED: Record<RouteName, readonly string[]> = {
  listSessions: ['503 gateway_unavailable'],
  listGroups: ['503 gateway_unavailable'],
  listMembers: ['503 gateway_unavailable'],
  add: actionRefusals(),
  remove: actionRefusals(),
};

function actionRefusals(): string[] {
  return [
    '409 conflict idempotency_key_in_use',
    '501 not_implemented session_not_connected',
    '503 gateway_unavailable',
    '503 gateway_unavailable shutting_down',
    '504 upstream_timeout',
  ];
}

interface Envelope {
  error?: { code?: string; details?: { reason?: string; outcome?: string } };
}

/** Every answer of a run, counted, and those that the contract does not know. */
export class Answers {
  readonly undocumented = new Set<string>();
  /** By what they say. */
  readonly counts = new Map<string, number>();
  private readonly documented: Record<string, Record<string, { responses: object }>>;

  constructor() {
    const { paths } = JSON.parse(readFileSync(DOCUMENT, 'utf8')) as { paths: Answers['documented'] };
    this.documented = paths;
  }

  /** Returns what it says: the status, and of a refusal its code and reason. */
  take(route: RouteName, response: Response, body: unknown): string {
    const { error } = (body ?? {}) as Envelope;
    const said = [response.status, error?.code, error?.details?.reason].filter((part) => part !== undefined).join(' ');
    this.count(said);
    const { method, path } = ROUTES[route];
    const isListed = Object.keys(this.documented[path]?.[method]?.responses ?? {}).includes(String(response.status));
    if (!isListed || !this.fits(route, response, said, error)) {
      this.undocumented.add(`${method} ${path}: ${said} ${JSON.stringify(body)}`);
    }
    return said;
  }

  /** What comes now is another matter. */
  forget(): void {
    this.undocumented.clear();
    this.counts.clear();
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  private fits(route: RouteName, response: Response, said: string, error: Envelope['error']): boolean {
    if (response.ok) return response.headers.get('x-participants-failed') === null;
    const status = STATUS_OF[error?.code as keyof typeof STATUS_OF];
    const waits = [409, 503].includes(response.status);
    if (waits && !(Number(response.headers.get('retry-after')) >= 1)) return false;
    if (response.status === 504 && error?.details?.outcome !== 'unknown') return false;
    return status === response.status && EXPECTED[route].includes(said);
  }
}
