import { describe, expect, it } from '@jest/globals';
import { loggableUrl } from './loggable-url.js';

const KEY = `wa_01HZ0KEY000000000000000000_${'s'.repeat(43)}`;

describe('loggableUrl', () => {
  it('shows paths and harmless parameters', () => {
    expect(loggableUrl('/api/v1/sessions/x/groups?limit=2&cursor=abc')).toBe(
      '/api/v1/sessions/x/groups?limit=2&cursor=abc',
    );
  });

  it('hides tickets, tokens and all parameters that it does not know', () => {
    expect(loggableUrl('/realtime?ticket=abc&since=evt_1&token=a=b?c')).toBe(
      '/realtime?ticket=[redacted]&since=[redacted]&token=[redacted]',
    );
  });

  it('hides an api-key that stands in the path', () => {
    expect(loggableUrl(`/api/v1/api-keys/${KEY}`)).toBe('/api/v1/api-keys/[redacted]');
  });

  it('hides an invite that names a group, and no group', () => {
    const group = (gid: string): string => `/api/v1/sessions/x/groups/${gid}/participants`;
    for (const invite of ['AbCdEfGhIjKlMnOpQrStUv', 'https%3A%2F%2Fchat.whatsapp.com%2FAbCdEfGhIjKlMnOpQrStUv']) {
      expect(loggableUrl(group(invite))).toBe(group('[redacted]'));
      expect(loggableUrl(`/api/v1/sessions/x/invites/${invite}`)).toBe('/api/v1/sessions/x/invites/[redacted]');
    }
    for (const jid of ['120363041234567890@g.us', '120363041234567890%40g.us', '6281234567890-1600000000@g.us']) {
      expect(loggableUrl(group(jid))).toBe(group(jid));
      expect(loggableUrl(`/api/v1/sessions/x/groups/${jid}:leave`)).toBe(`/api/v1/sessions/x/groups/${jid}:leave`);
    }
    expect(loggableUrl('/api/v1/sessions/x/groups:join')).toBe('/api/v1/sessions/x/groups:join');
  });

  it('hides a key or a token that stands for the name of a parameter', () => {
    expect(loggableUrl(`/docs?${KEY}`)).toBe('/docs?[redacted]');
    expect(loggableUrl(`/docs?a=1&eyJhbGciOiJSUzI1NiJ9.${'x'.repeat(40)}.y&b=2`)).toBe(
      '/docs?a=[redacted]&[redacted]&b=[redacted]',
    );
  });
});
