import { setTimeout as delay } from 'node:timers/promises';
import type { SimulatedPhone } from '#simulator';
import type { GatewayApi } from './gateway-api.js';

const LABEL = 'demo';
const POLL_MS = 50;
const DEADLINE_MS = 30_000;

interface Session {
  id: string;
  label?: string;
  status: string;
}

/** A session that is linked and has its groups stored. One of an earlier demo is of no use: its WhatsApp is gone. */
export async function linkDemoSession(api: GatewayApi, phone: SimulatedPhone): Promise<string> {
  const { data } = await api.call<{ data: Session[] }>('GET', '/sessions');
  for (const { id } of data.filter(({ label }) => label === LABEL)) await api.call('DELETE', `/sessions/${id}`);
  const { id } = await api.call<Session>('POST', '/sessions', { label: LABEL, start: true });
  const { code } = await api.call<{ code: string }>('GET', `/sessions/${id}/qr?wait=20`);
  await phone.scanQr(code);
  await until(async () => (await api.call<Session>('GET', `/sessions/${id}`)).status === 'working');
  await until(async () => (await api.call<{ data: unknown[] }>('GET', `/sessions/${id}/groups`)).data.length > 0);
  return id;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('the demo session did not get connected');
    await delay(POLL_MS);
  }
}
