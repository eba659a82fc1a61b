import type { Principal } from '#auth';
import { type FieldError, ValidationError } from '#errors';
import type { SealedWebhook, WebhookRecord, WebhookRevision, WebhookSecrets } from '#store';
import { isSameHeader } from './custom-headers.js';
import type { UpdateWebhookDto } from './webhooks.dto.js';

/**
 * What a webhook becomes by the wish of `caller`. Throws `ValidationError` where the value of a header is to be kept that
 * is not there, or that would be shown to another host, and `CredentialsUnreadableError` where secrets have to be kept
 * that cannot be read.
 */
export function revisionOf(caller: Principal, wanted: UpdateWebhookDto, current: SealedWebhook): WebhookRevision {
  const { webhook } = current;
  return {
    url: wanted.url ?? webhook.url,
    events: wanted.events ?? webhook.events,
    ...reachAfter(caller, wanted, webhook),
    retryPolicy: { ...webhook.retryPolicy, ...wanted.retryPolicy },
    active: wanted.active ?? webhook.active,
    // Whoever says whether it is active decides that; why it was paused is over.
    pausedReason: wanted.active === undefined ? webhook.pausedReason : undefined,
    secrets: secretsAfter(wanted, current),
    // Said again after a failure, too, when the first try may have come half way.
    isHasty: wanted.active === true,
  };
}

/** Nobody gives a webhook more than they see: who chooses its session leaves it their own limits, too. */
function reachAfter(
  caller: Principal,
  { sessionId }: UpdateWebhookDto,
  webhook: WebhookRecord,
): Pick<WebhookRevision, 'sessionId' | 'sessionIds'> {
  if (sessionId === undefined) return { sessionId: webhook.sessionId, sessionIds: webhook.sessionIds };
  return { sessionId: sessionId ?? undefined, sessionIds: caller.sessionIds };
}

/** `undefined`: those that it has. */
function secretsAfter(wanted: UpdateWebhookDto, current: SealedWebhook): WebhookSecrets | undefined {
  const { secret } = wanted;
  const headers = headersAfter(wanted, current);
  if (secret === undefined && headers === undefined) return undefined;
  return {
    secret: secret ?? current.secrets().secret,
    headers: headers ?? (current.webhook.headerNames.length > 0 ? current.secrets().headers : {}),
  };
}

/** `undefined`: those that it has. */
function headersAfter(
  { url, customHeaders }: UpdateWebhookDto,
  { webhook, secrets }: SealedWebhook,
): Record<string, string> | undefined {
  const isElsewhere = url !== undefined && new URL(url).origin !== new URL(webhook.url).origin;
  if (customHeaders === undefined) {
    if (isElsewhere && webhook.headerNames.length > 0) throw ValidationError.of('customHeaders', ELSEWHERE);
    return undefined;
  }
  const kept = Object.keys(customHeaders).filter((name) => customHeaders[name] === null);
  const fields = kept.flatMap((name) => keepingProblem(name, webhook, isElsewhere));
  if (fields.length > 0) throw new ValidationError(fields);
  const stored = kept.length > 0 ? Object.entries(secrets().headers) : [];
  const valueOf = (name: string): string => stored.find(([other]) => isSameHeader(other, name))?.[1] ?? '';
  return Object.fromEntries(Object.entries(customHeaders).map(([name, value]) => [name, value ?? valueOf(name)]));
}

/** Values that nobody may read are sent nowhere but where their owner sent them. */
const ELSEWHERE = 'must be given again, with every value: the url leads to another host';

function keepingProblem(name: string, { headerNames }: WebhookRecord, isElsewhere: boolean): FieldError[] {
  const path = `customHeaders.${name}`;
  if (!headerNames.some((other) => isSameHeader(other, name))) return [{ path, message: 'has no value to keep' }];
  return isElsewhere ? [{ path, message: ELSEWHERE }] : [];
}
