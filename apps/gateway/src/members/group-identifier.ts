import { NotFoundError, ValidationError } from '#errors';
import { WhatsAppRefusedError } from '#whatsapp';

/** What WhatsApp refuses about an invite that should only name a group. */
export function identifierRefusal(error: unknown): unknown {
  if (!(error instanceof WhatsAppRefusedError)) return error;
  const cause = { cause: error };
  // 406 malformed; 404 and 410 unknown, revoked or expired.
  if ([400, 404, 406, 410].includes(error.whatsappCode)) {
    return ValidationError.of('gid', 'this invite is invalid or has expired', cause);
  }
  // Who may not even look at the group is not in it.
  if (error.whatsappCode === 401 || error.whatsappCode === 403) return new NotFoundError('group', {}, cause);
  return error;
}
