import type { DocumentedError } from '#http';

export const NO_MEMBER: DocumentedError = { code: 'not_found', message: 'member not found' };
export const RESERVED: DocumentedError = {
  code: 'not_implemented',
  message: 'approving join requests is not implemented in v2',
  details: { reason: 'reserved' },
};
