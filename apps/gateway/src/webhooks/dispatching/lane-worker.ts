import {
  CredentialsUnreadableError,
  type DeliveryOutcome,
  type DeliveryWork,
  type DueDelivery,
  type LaneClaim,
  type LaneWork,
} from '#store';
import { envelopeOf } from '../../events/index.js';
import type { Attempt, WebhookSender } from '../sending/index.js';
import { Alarm } from './alarm.js';
import { LaneStrain } from './lane-strain.js';
import { inTurn } from './lane-turn.js';
import type { OutcomeWriter } from './outcome-writer.js';
import { retryDelay } from './retry-schedule.js';
import type { WebhookDestination, WebhookDestinations } from './webhook-destinations.js';

const TROUBLE = { firstMs: 250, longestMs: 5_000 };

export interface LaneParts {
  work: Pick<DeliveryWork, 'read'>;
  destinations: Pick<WebhookDestinations, 'of'>;
  sender: Pick<WebhookSender, 'send'>;
  outcomes: Pick<OutcomeWriter, 'write'>;
  /** Ends attempts that are under way. */
  signal: AbortSignal;
  /** How many deliveries may be read at once, now. */
  readSize: () => number;
  /** How long a lane in which there is nothing to do is kept. */
  lingerMs: number;
  onTrouble: (error: unknown) => void;
}

/**
 * Works on one lane for as long as it is claimed: one attempt after the other. What fails is put aside for later and
 * holds up nothing.
 */
export class LaneWorker {
  private readonly strain = new LaneStrain();
  private readonly alarm = new Alarm();
  private isEnding = false;
  /** Something new may be in the lane. */
  private isPoked = false;
  /** The webhook is not what it was, or what is to be delivered to it. */
  private isStale = false;
  private troubles = 0;

  /** `deadline`: until when the claim can be relied on, by `performance.now()`. */
  constructor(
    readonly claim: LaneClaim,
    private deadline: number,
    private readonly parts: LaneParts,
  ) {}

  /** Resolves once there is nothing to do, the claim is lost, or it was told to stop; all that it did is written then. */
  async run(): Promise<void> {
    while (this.mayGoOn) {
      try {
        if (!(await this.round())) return;
        this.troubles = 0;
      } catch (error) {
        this.parts.onTrouble(error);
        if (this.isEnding) return;
        await this.alarm.wait(Math.min(TROUBLE.longestMs, TROUBLE.firstMs * 2 ** Math.min(this.troubles++, 30)));
      }
    }
  }

  poke(): void {
    this.isPoked = true;
    if (!this.strain.isFailing) this.alarm.wake();
  }

  /** The webhook changed. */
  refresh(): void {
    this.isStale = true;
    this.strain.clear();
    this.alarm.wake();
  }

  prolong(deadline: number): void {
    this.deadline = Math.max(this.deadline, deadline);
  }

  /** The attempt that is under way is the last one. */
  stop(): void {
    this.isEnding = true;
    this.alarm.wake();
  }

  private get mayGoOn(): boolean {
    return !this.isEnding && performance.now() < this.deadline;
  }

  /** `false`: nothing is to be done any more. */
  private async round(): Promise<boolean> {
    this.isPoked = this.isStale = false;
    const size = this.strain.isFailing ? 1 : this.parts.readSize();
    const work = await this.parts.work.read(this.claim, size);
    const deliveries = this.choose(work);
    if (deliveries.length === 0) return work.discarded > 0 || this.idle(work);
    const isAll = work.first.length < size && work.again.length < size && work.discarded === 0;
    const hasArrived = await this.deliver(deliveries, work.asOf);
    if (this.isEnding) return false;
    return isAll && hasArrived ? this.idle(work) : true;
  }

  private choose({ first, again }: LaneWork): DueDelivery[] {
    if (!this.strain.isFailing) return inTurn({ first, again });
    if (again.length > 0) return again;
    return this.strain.restMs(performance.now()) > 0 ? [] : first;
  }

  /** Whether all of them arrived. What was not tried is read again. */
  private async deliver(deliveries: readonly DueDelivery[], asOf = 0): Promise<boolean> {
    const written: Promise<void>[] = [];
    let arrived = 0;
    try {
      for (const delivery of deliveries) {
        const destination = await this.destination(asOf);
        if (!destination) break;
        const isFailing = this.strain.isFailing;
        const attempt = await this.attempt(destination, delivery);
        if (attempt.error === 'aborted') {
          this.isEnding = true;
          break;
        }
        written.push(this.write(outcomeOf(this.claim, delivery, destination, attempt)));
        this.strain.took(attempt.ok, performance.now());
        if (attempt.ok) arrived++;
        // Something else is to be tried from here on.
        if (this.strain.isFailing !== isFailing) break;
      }
    } finally {
      // What is not written yet would be read again.
      await Promise.all(written);
    }
    return arrived === deliveries.length;
  }

  /** As it was when its deliveries were read (`asOf`), which is as it is now; `undefined`: no attempt is to be made. */
  private async destination(asOf: number): Promise<WebhookDestination | undefined> {
    if (!this.mayGoOn || this.isStale) return undefined;
    const destination = await this.parts.destinations.of(this.claim.webhookId, asOf);
    // The webhook may have changed while it was read.
    if (!this.mayGoOn || this.isStale) return undefined;
    if (!destination) this.isEnding = true;
    // What was read for another url, or another filter, is not for this one.
    return destination?.asOf === asOf ? destination : undefined;
  }

  private write(outcome: DeliveryOutcome): Promise<void> {
    const written = this.parts.outcomes.write(outcome);
    // Nobody waits for it before the last attempt was made.
    written.catch(() => undefined);
    return written;
  }

  private async attempt({ target }: WebhookDestination, { event }: DueDelivery): Promise<Attempt> {
    if (target instanceof CredentialsUnreadableError) {
      this.parts.onTrouble(target);
      return { ok: false, error: 'secrets_unreadable', latencyMs: 0 };
    }
    const body = JSON.stringify(envelopeOf(event));
    return this.parts.sender.send(target, { id: event.id, body }, this.parts.signal);
  }

  /** Waits for something to do. `false`: nothing came. */
  private async idle({ nextDueMs = Infinity }: LaneWork): Promise<boolean> {
    if (this.isPoked || this.isStale || this.isEnding) return true;
    const restMs = this.strain.restMs(performance.now());
    const wait = Math.min(nextDueMs, restMs > 0 ? restMs : this.parts.lingerMs);
    await this.alarm.wait(wait);
    return this.isPoked || this.isStale || restMs > 0 || nextDueMs <= wait;
  }
}

function outcomeOf(
  claim: LaneClaim,
  { id, attempts }: DueDelivery,
  { retryPolicy }: WebhookDestination,
  { ok, status, error, latencyMs, responseExcerpt }: Attempt,
): DeliveryOutcome {
  const told = { claim, deliveryId: id, attempts, latencyMs, httpStatus: status, error, responseExcerpt };
  if (ok) return { ...told, result: { status: 'delivered' } };
  const delayMs = retryDelay(retryPolicy, attempts + 1);
  return { ...told, result: delayMs === undefined ? { status: 'dead' } : { status: 'again', delayMs } };
}
