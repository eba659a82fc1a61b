import { RateLimitedError } from '#errors';
import { AccountRestrictedError, WhatsAppRefusedError } from '#whatsapp';
import { ActionBudget, type Rates } from './action-budget.js';
import { BackOff } from './back-off.js';

/** An action changes something on WhatsApp. WhatsApp limits the two apart, and only actions count against the rates. */
export type CallKind = 'read' | 'action';

const RATE_LIMITED = 429;
const RESTRICTED = 463;
/**
 * After a back-off, the rates count half until WhatsApp has been quiet for a while: going on as before is what led to
 * it, and who goes on after a second warning risks the account (pain 13).
 */
const CAREFUL = 0.5;

/**
 * What holds a session back, by its own rates and by what WhatsApp said. It outlives connections and ends with the
 * session (or the process). Nothing is sent for what `admit` refuses.
 */
export class SessionLimits {
  private readonly budget: ActionBudget;
  private readonly backOffs: Record<CallKind, BackOff> = { read: new BackOff(), action: new BackOff() };
  /** Epoch milliseconds. */
  private restrictedUntil = 0;

  constructor(
    private rates: Rates,
    private readonly log: (message: string, facts: object) => void,
  ) {
    this.budget = new ActionBudget(rates);
  }

  /** The rates as they are stored now. */
  use(rates: Rates): void {
    this.rates = rates;
  }

  /** Throws `AccountRestrictedError` or `RateLimitedError` when a call is not to leave now. */
  admit(kind: CallKind): void {
    if (kind === 'action' && this.restrictedUntil > Date.now()) throw new AccountRestrictedError(this.restrictedUntil);
    const wait = this.backOffs[kind].remainingMs;
    if (wait > 0) throw tooSoon('WhatsApp allows no more of this for now', wait, 'whatsapp_rate_limited');
    if (kind === 'action') this.spend();
  }

  /** WhatsApp refused a call. Returns what to tell of it: a 429 knows how long this session waits now. */
  refused(kind: CallKind, error: unknown): unknown {
    if (!(error instanceof WhatsAppRefusedError)) return error;
    if (error.whatsappCode === RESTRICTED) this.restrict(error.restrictedUntil);
    if (error.whatsappCode !== RATE_LIMITED) return error;
    const seconds = this.slowDown(kind, error.backoffSeconds);
    return new WhatsAppRefusedError(RATE_LIMITED, error.text, seconds, { cause: error });
  }

  /** An action got through. `codes`: what WhatsApp said of each participant, where there were some. */
  done(codes: readonly number[]): void {
    if (codes.includes(RATE_LIMITED)) this.slowDown('action');
    if (codes.includes(RESTRICTED)) this.restrict();
    else this.restrictedUntil = 0;
  }

  /** What WhatsApp said was said of the account that was linked before. */
  linkedAnew(): void {
    this.restrictedUntil = 0;
    for (const backOff of Object.values(this.backOffs)) backOff.reset();
  }

  private spend(): void {
    const factor = this.backOffs.action.isRecent ? CAREFUL : 1;
    const { ratePerMin, ratePerHour } = this.rates;
    this.budget.resize({ ratePerMin: ratePerMin * factor, ratePerHour: ratePerHour * factor });
    const wait = this.budget.spend();
    if (wait > 0) throw tooSoon('the session has used up its rate of live actions', wait, 'session_rate_limited');
  }

  private slowDown(kind: CallKind, backoffSeconds?: number): number {
    const seconds = Math.ceil(this.backOffs[kind].begin(backoffSeconds) / 1_000);
    this.log('WhatsApp asks to slow down', { kind, seconds });
    return seconds;
  }

  private restrict(until?: number): void {
    // One that does not say when it ends takes nothing from one that did.
    if (until !== undefined) this.restrictedUntil = until;
    this.log('WhatsApp restricts the account', { until });
  }
}

function tooSoon(
  message: string,
  waitMs: number,
  reason: 'whatsapp_rate_limited' | 'session_rate_limited',
): RateLimitedError {
  return new RateLimitedError(message, Math.ceil(waitMs / 1_000), { reason });
}
