import { Injectable } from '@nestjs/common';
import { GatewayUnavailableError } from '#errors';
import { Database } from '#store';

const RETRY_SECONDS = 5;
const PING_TIMEOUT_MS = 1_000;

/** Whether this process should be sent requests. */
@Injectable()
export class Readiness {
  private shuttingDown = false;

  constructor(private readonly database: Database) {}

  /** From here on `check` fails, so that a load balancer looks elsewhere while the last requests are answered. */
  drain(): void {
    this.shuttingDown = true;
  }

  get draining(): boolean {
    return this.shuttingDown;
  }

  /** Throws `GatewayUnavailableError` unless the database answers. */
  async check(): Promise<void> {
    if (this.shuttingDown) {
      throw new GatewayUnavailableError('the gateway is shutting down', RETRY_SECONDS, { reason: 'shutting_down' });
    }
    try {
      await this.database.ping(PING_TIMEOUT_MS);
    } catch (cause) {
      throw new GatewayUnavailableError('the database does not answer', RETRY_SECONDS, {}, { cause });
    }
  }
}
