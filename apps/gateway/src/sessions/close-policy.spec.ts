import { describe, expect, it } from '@jest/globals';
import type { CloseKind } from '#whatsapp';
import { nextStep } from './close-policy.js';

describe('what follows from the end of a connection', () => {
  it.each<[CloseKind, string]>([
    ['restart_required', 'reconnect_now'],
    ['unavailable', 'back_off'],
    ['client_outdated', 'back_off'],
    ['untrusted_server', 'back_off'],
    ['closed', 'back_off'],
    ['replaced', 'give_up'],
    ['banned', 'give_up'],
    ['bad_session', 'give_up'],
    ['qr_expired', 'give_up'],
    ['logged_out', 'give_up'],
  ])('%s: %s', (kind, then) => {
    expect(nextStep(kind).then).toBe(then);
  });

  it.each<[CloseKind, string, string]>([
    ['replaced', 'failed', 'replaced'],
    ['banned', 'failed', 'banned'],
    ['bad_session', 'failed', 'bad_session'],
    ['qr_expired', 'failed', 'qr_expired'],
    ['logged_out', 'logged_out', 'device_removed'],
  ])('%s shows as %s, %s', (kind, status, reason) => {
    expect(nextStep(kind)).toMatchObject({ status, reason });
  });

  it('forgets credentials only when WhatsApp has unlinked the device', () => {
    const kinds: CloseKind[] = ['restart_required', 'unavailable', 'client_outdated', 'untrusted_server', 'closed'];
    kinds.push('replaced', 'banned', 'bad_session', 'qr_expired', 'logged_out');
    const forgetting = kinds.filter((kind) => {
      const step = nextStep(kind);
      return step.then === 'give_up' && step.forget;
    });
    expect(forgetting).toEqual(['logged_out']);
  });
});
