/** Query parameters that may be logged; the value of any other may be a secret. */
const LOGGABLE: ReadonlySet<string> = new Set(['limit', 'cursor', 'wait']);
/** What may be the name of a parameter, and is too short to be a token that stands where a name should. */
const NAME = /^[\w.-]{1,32}$/;
const API_KEY = /wa_[0-9A-Z]{26}_[\w-]+/gi;
/** A code or a link that stands for a group, or for an invite: whoever has it can join. */
const INVITE = /(\/invites\/|\/groups\/(?!\d[\d-]*(?:@|%40)g\.us(?:[/:]|$)))[^/]+/i;
const REDACTED = '[redacted]';

/** The URL of a request as the log may show it: without tickets, keys and the like. */
export function loggableUrl(url: string): string {
  const [path = '', query] = url.replaceAll(API_KEY, REDACTED).split(/\?(.*)/s);
  const shown = path.replace(INVITE, `$1${REDACTED}`);
  if (query === undefined || query === '') return shown;
  return `${shown}?${query.split('&').map(loggableParameter).join('&')}`;
}

function loggableParameter(parameter: string): string {
  const [name = ''] = parameter.split('=', 1);
  if (LOGGABLE.has(name)) return parameter;
  return NAME.test(name) ? `${name}=${REDACTED}` : REDACTED;
}
