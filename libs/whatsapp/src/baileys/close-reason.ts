import { CredentialsUnreadableError, LeaseLostError, type CloseKind, type CloseReason } from '#whatsapp';

/** The parts of Baileys' error by which the end of a connection is told. */
interface Ending {
  message: string;
  /** Baileys' status code: the server's own number where there was one, else one that Baileys made up. */
  code?: number;
  /** Attributes of the `<failure>`, or of the child of the `<stream:error>`. */
  attrs: Record<string, string>;
}

interface Rule {
  when: (ending: Ending) => boolean;
  kind: CloseKind;
  message: string;
}

const isFailure = ({ message }: Ending): boolean => message === 'Connection Failure';
const isStreamError = ({ message }: Ending): boolean => message.startsWith('Stream Errored');
/** Said by WhatsApp itself; an HTTP status or a number of Baileys' own making is not. */
const byWhatsApp = (ending: Ending): boolean => isFailure(ending) || isStreamError(ending);
const failure = (code: number) => (ending: Ending) => isFailure(ending) && ending.attrs.reason === String(code);
const streamError = (code: number) => (ending: Ending) => isStreamError(ending) && ending.code === code;
const conflict = (type: string) => (ending: Ending) => isStreamError(ending) && ending.attrs.type === type;
const oneOf = (codes: readonly number[]) => (ending: Ending) => byWhatsApp(ending) && codes.includes(ending.code ?? 0);
const says = (pattern: RegExp) => (ending: Ending) => pattern.test(ending.message);

/**
 * The first rule that applies decides. Only what WhatsApp says outright condemns a pairing; everything unknown is
 * `unavailable`, which is tried again and costs nothing: the next login tells for certain.
 */
const RULES: readonly Rule[] = [
  { when: streamError(515), kind: 'restart_required', message: 'WhatsApp asks for a new connection' },
  { when: conflict('replaced'), kind: 'replaced', message: 'another connection took the account over' },
  { when: streamError(440), kind: 'replaced', message: 'another connection took the account over' },
  { when: conflict('device_removed'), kind: 'logged_out', message: 'the device was unlinked' },
  { when: failure(401), kind: 'logged_out', message: 'WhatsApp does not know this device any more' },
  { when: failure(402), kind: 'banned', message: 'WhatsApp banned the account for a time' },
  { when: oneOf([403]), kind: 'banned', message: 'WhatsApp refuses the account' },
  { when: failure(406), kind: 'banned', message: 'WhatsApp banned the account' },
  { when: failure(500), kind: 'bad_session', message: 'WhatsApp cannot use the credentials of this device' },
  { when: oneOf([405, 409]), kind: 'client_outdated', message: 'WhatsApp refuses this version of WhatsApp Web' },
  { when: failure(411), kind: 'client_outdated', message: 'WhatsApp refuses this kind of client' },
  {
    when: says(/^Multi-device beta not joined$/),
    kind: 'client_outdated',
    message: 'WhatsApp refuses this kind of client',
  },
  { when: says(/^QR refs attempts ended$/), kind: 'qr_expired', message: 'nobody scanned any of the codes' },
  {
    when: says(/^(invalid noise|noise (intermediate )?certificate|certification match failed)/),
    kind: 'untrusted_server',
    message: "the server's certificate chain did not verify",
  },
  {
    when: says(/^(Invalid account signature|Failed to verify account signature)$/),
    kind: 'untrusted_server',
    message: 'the signature of the linked account did not verify',
  },
  { when: says(/^Intentional Logout$/), kind: 'closed', message: 'logged out' },
  { when: oneOf([503]), kind: 'unavailable', message: 'WhatsApp is unavailable' },
  { when: isFailure, kind: 'unavailable', message: 'WhatsApp refused the login' },
  { when: isStreamError, kind: 'unavailable', message: 'WhatsApp ended the connection' },
  { when: says(/^Connection was lost$/), kind: 'unavailable', message: 'WhatsApp stopped answering' },
  { when: says(/^Connection Terminated/), kind: 'unavailable', message: 'the connection was cut' },
  { when: says(/^WebSocket Error/), kind: 'unavailable', message: 'no connection to WhatsApp' },
];

/** What Baileys' last error means for whoever has to decide what comes next. */
export function closeReason(error: unknown): CloseReason {
  const ending = endingOf(error);
  const rule = RULES.find(({ when }) => when(ending));
  return {
    kind: rule?.kind ?? 'unavailable',
    message: rule?.message ?? 'the connection ended for a reason that the gateway does not know',
    ...(ending.code !== undefined && { code: ending.code }),
  };
}

/** An answer other than an upgrade is a matter of the way to WhatsApp, whatever its number: a proxy's 401 unlinks nobody. */
export function upgradeRefused(status: number | undefined): CloseReason {
  const message = 'the server refused the WebSocket upgrade';
  return { kind: 'unavailable', message, ...(status !== undefined && { code: status }) };
}

export const LEASE_LOST: CloseReason = { kind: 'lease_lost', message: 'another process may run the session' };

/** A database that is away is no verdict on a pairing; credentials that nobody can decrypt are. */
export function storeFailure(error: unknown): CloseReason {
  if (isCausedBy(LeaseLostError, error)) return LEASE_LOST;
  return isCausedBy(CredentialsUnreadableError, error)
    ? { kind: 'bad_session', message: 'the stored credentials cannot be read' }
    : { kind: 'unavailable', message: 'the credential store failed' };
}

function isCausedBy(kind: typeof CredentialsUnreadableError | typeof LeaseLostError, error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof kind || isCausedBy(kind, error.cause);
}

function endingOf(error: unknown): Ending {
  if (!(error instanceof Error)) return { message: '', attrs: {} };
  const code = statusCodeOf(error);
  return { message: error.message, attrs: attrsOf(error), ...(code !== undefined && { code }) };
}

function statusCodeOf(error: Error): number | undefined {
  const output: unknown = 'output' in error ? error.output : undefined;
  const code = isRecord(output) ? output.statusCode : undefined;
  return typeof code === 'number' && Number.isFinite(code) ? code : undefined;
}

function attrsOf(error: Error): Record<string, string> {
  const data: unknown = 'data' in error ? error.data : undefined;
  if (!isRecord(data)) return {};
  const attrs = isRecord(data.attrs) ? data.attrs : data;
  return Object.fromEntries(
    Object.entries(attrs).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
