import type { ConnectionState } from '@whiskeysockets/baileys';
import { WhatsAppRefusedError } from '#whatsapp';

const RESTRICTED = 463;

/**
 * Until when WhatsApp restricts the account. It tells that in a notification of its own; the refusals that follow from
 * it mostly bear the bare code.
 */
export class Restriction {
  /** Epoch milliseconds. */
  private until?: number;

  learn({ reachoutTimeLock: lock }: Partial<ConnectionState>): void {
    if (lock) this.until = lock.isActive ? lock.timeEnforcementEnds?.getTime() : undefined;
  }

  /** What `work` comes to; a refusal for a restriction says when that ends, where it is known. */
  async explain<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw error instanceof WhatsAppRefusedError ? this.withEnd(error) : error;
    }
  }

  private withEnd(refused: WhatsAppRefusedError): WhatsAppRefusedError {
    const { whatsappCode, text, backoffSeconds, restrictedUntil, cause } = refused;
    const isKnown = this.until !== undefined && this.until > Date.now();
    if (whatsappCode !== RESTRICTED || restrictedUntil !== undefined || !isKnown) return refused;
    return new WhatsAppRefusedError(whatsappCode, text, backoffSeconds, { cause, restrictedUntil: this.until });
  }
}
