import { describe, expect, it } from '@jest/globals';
import { DEFAULT_CONNECTION_CONFIG } from '@whiskeysockets/baileys';
import { PINNED_WHATSAPP_VERSION } from './version.js';

describe('PINNED_WHATSAPP_VERSION', () => {
  it('is the one that this release of Baileys was made for', () => {
    expect(PINNED_WHATSAPP_VERSION).toEqual(DEFAULT_CONNECTION_CONFIG.version);
  });
});
