import type { SimulatedPhone } from '#simulator';
import { eventually } from './eventually.js';
import type { TestGateway } from './start-gateway.js';

interface SessionView {
  id: string;
  status: string;
  statusReason?: string;
}

/** Tests act faster than people may. */
const FAST = { ratePerMin: 10_000, ratePerHour: 100_000 };

/**
 * A session as a client makes it: created, started, its QR code scanned by `phone`, connected, `groups` of them stored.
 * Its rates are the highest that there are.
 */
export async function linkSession(
  gateway: TestGateway,
  token: string,
  phone: SimulatedPhone,
  groups = 0,
): Promise<string> {
  const created = await gateway.request('POST', '/api/v1/sessions', { token, body: { start: true } });
  const { id } = created.body as SessionView;
  await gateway.request('PATCH', `/api/v1/sessions/${id}`, { token, body: FAST });
  const qr = await gateway.request('GET', `/api/v1/sessions/${id}/qr?wait=20`, { token });
  await phone.scanQr((qr.body as { code: string }).code);
  await statusIs(gateway, token, id, 'working');
  await groupsStored(gateway, token, id, groups);
  return id;
}

export async function statusIs(
  gateway: TestGateway,
  token: string,
  sessionId: string,
  status: string,
  reason?: string,
): Promise<SessionView> {
  return eventually(async () => {
    const { body } = await gateway.request('GET', `/api/v1/sessions/${sessionId}`, { token });
    const session = body as SessionView;
    if (session.status !== status || (reason !== undefined && session.statusReason !== reason)) {
      throw new Error(`the session is ${session.status} (${session.statusReason ?? 'no reason'}), not ${status}`);
    }
    return session;
  });
}

export async function groupsStored(gateway: TestGateway, token: string, id: string, groups: number): Promise<void> {
  await eventually(async () => {
    const { body } = await gateway.request('GET', `/api/v1/sessions/${id}/groups`, { token });
    const stored = (body as { data: unknown[] }).data.length;
    if (stored < groups) throw new Error(`${stored} of ${groups} groups are stored`);
  });
}
