import { KnownLimits } from '../../apps/gateway/src/sessions/limits/index.js';
import type { TestGateway } from './start-gateway.js';

/** What WhatsApp was made to say in one test (429, 463) holds the session back no longer. */
export function forgetLimits(gateway: TestGateway, sessionId: string): void {
  gateway.app.get(KnownLimits).find(sessionId)?.linkedAnew();
}
