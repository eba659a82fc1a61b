/** Query parameters that may be logged; the value of any other may be a secret. */
const LOGGABLE: ReadonlySet<string> = new Set(['limit', 'cursor', 'wait']);
const API_KEY = /wa_[0-9A-Z]{26}_[\w-]+/gi;
const REDACTED = '[redacted]';

/** The URL of a request as the log may show it: without tickets, keys and the like. */
export function loggableUrl(url: string): string {
  const [path = '', query] = url.replaceAll(API_KEY, REDACTED).split(/\?(.*)/s);
  if (query === undefined || query === '') return path;
  return `${path}?${query.split('&').map(loggableParameter).join('&')}`;
}

function loggableParameter(parameter: string): string {
  const [name = ''] = parameter.split('=', 1);
  return LOGGABLE.has(name) ? parameter : `${name}=${REDACTED}`;
}
