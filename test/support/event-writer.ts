import { EventLog, SessionRepository, type NewEvent } from '#store';
import type { TestGateway } from './start-gateway.js';

/** The `n`th of many, which its payload tells. */
export function numbered(n: number, sessionId: string, organizationId = 'default'): NewEvent {
  return { organizationId, sessionId, event: 'session.status', payload: { status: 'working', statusReason: `n${n}` } };
}

/** The numbers of events that were made so. */
export function numbersOf(events: readonly { payload: object }[]): number[] {
  return events.map(({ payload }) => Number((payload as { statusReason: string }).statusReason.slice(1)));
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

/** Appends `count` numbered events, in transactions of at most `size`. */
export async function appendNumbered(
  gateway: TestGateway,
  sessionId: string,
  count: number,
  { from = 0, size = 100 }: { from?: number; size?: number } = {},
): Promise<void> {
  const log = gateway.app.get(EventLog);
  for (let n = 0; n < count; n += size) {
    const numbers = upTo(Math.min(size, count - n));
    await log.append(numbers.map((one) => numbered(from + n + one, sessionId)));
  }
}

export async function newSession(gateway: TestGateway, organizationId = 'default'): Promise<string> {
  return (await gateway.app.get(SessionRepository).create({ organizationId })).id;
}
