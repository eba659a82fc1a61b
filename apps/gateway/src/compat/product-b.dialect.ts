import { ValidationError, type AppError, type ErrorDetails, type FieldError } from '#errors';
import { STATUS_OF, type ErrorDialect } from '#http';
import {
  INVALID_ACTION,
  NO_GROUP,
  NO_IDENTIFIER,
  NO_INSTANCE,
  NO_PARTICIPANT,
  NOT_ADMIN,
  NOT_CONNECTED,
  TOO_MANY_REQUESTS,
} from './messages.js';

export const PRODUCT_B_PATH = '/api/group';

type Told = Pick<AppError, 'code' | 'message' | 'details'>;

/** Errors as the clients of product B know them. Goes by code, reason and message: a replayed error has no class. */
export const PRODUCT_B: ErrorDialect = {
  path: PRODUCT_B_PATH,
  tell: (error) => {
    const { code, message, details } = inTheirWords(error);
    return { status: STATUS_OF[code], body: { success: false, error: { message, code, details: renamed(details) } } };
  },
};

const MISSING: Readonly<Record<string, string>> = { 'session not found': NO_INSTANCE, 'group not found': NO_GROUP };

/** Of a field: these are the whole message, others name the field first. */
const WHOLE: ReadonlySet<string> = new Set([INVALID_ACTION, NO_PARTICIPANT, NO_IDENTIFIER]);

/** What they call what the services of this gateway are given. */
const FIELDS: Readonly<Record<string, string>> = {
  gid: 'identifier',
  invite: 'identifier',
  subject: 'name',
  announce: 'groupSettings.membersCanSendMessages',
  locked: 'groupSettings.membersCanEditInfo',
  joinApproval: 'groupSettings.requireAdminApproval',
  memberAddMode: 'groupSettings.membersCanAddOthers',
};

function inTheirWords(error: AppError): Told {
  const { code, message, details } = error;
  const { reason } = details;
  switch (code) {
    case 'validation_error':
      return invalid(error);
    case 'not_found':
      return { code, message: MISSING[message] ?? message, details };
    case 'forbidden':
      return { code, message: reason === 'not_group_admin' ? NOT_ADMIN : message, details };
    case 'rate_limited':
      return { code, message: TOO_MANY_REQUESTS, details };
    case 'not_implemented':
      if (reason !== 'session_not_connected') return error;
      return { code: 'validation_error', message: NOT_CONNECTED, details };
    default:
      return error;
  }
}

/** The first field decides: they stand in the order in which product B looks at them. */
function invalid(error: AppError): Told {
  const { details } = error;
  if (!Array.isArray(details['fields'])) return error;
  const fields = (details['fields'] as FieldError[]).map(({ path, message }) => ({ path: nameOf(path), message }));
  const { code, message } = new ValidationError(fields);
  const [first] = fields;
  return {
    code,
    message: first && WHOLE.has(first.message) ? first.message : message,
    details: { ...details, fields },
  };
}

/** Of a change of several settings, of which one failed. */
function renamed(details: ErrorDetails): ErrorDetails {
  const { failed, applied } = details;
  return {
    ...details,
    ...(typeof failed === 'string' && { failed: nameOf(failed) }),
    ...(Array.isArray(applied) && { applied: applied.map((name) => nameOf(String(name))) }),
  };
}

function nameOf(field: string): string {
  return FIELDS[field] ?? field;
}
