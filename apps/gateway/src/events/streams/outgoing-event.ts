import type { EventRecord } from '#store';
import { envelopeOf } from '../envelope.js';

/** An event on its way to any number of readers, written out once for all of them. */
export class OutgoingEvent {
  private json: string | undefined;
  private message: Buffer | undefined;
  private block: Buffer | undefined;

  constructor(readonly record: EventRecord) {}

  /** What a WebSocket is sent: the envelope. */
  get asMessage(): Buffer {
    return (this.message ??= Buffer.from(this.text));
  }

  /** The same as a Server-Sent Event. */
  get asBlock(): Buffer {
    const { id, event } = this.record;
    return (this.block ??= Buffer.from(`id: ${id}\nevent: ${event}\ndata: ${this.text}\n\n`));
  }

  private get text(): string {
    return (this.json ??= JSON.stringify(envelopeOf(this.record)));
  }
}
