import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from './api.js';
import type { Random } from './random.js';
import type { ChaosGroup, ChaosWorld } from './world.js';

/** Something to be done once, whatever it takes. */
export interface Errand {
  key: string;
  action: 'add' | 'remove';
  groupJid: string;
  session: string;
  /** Nobody else's: by it the action is recognised on WhatsApp. */
  phone: string;
  /** What it was answered, try after try. */
  answers: string[];
  /** `unknown`: the gateway says, twice and with nothing in its way, that it cannot find out. */
  outcome?: 'done' | 'unknown' | `refused: ${string}`;
}

const EVERY_MS = 120;
const STIR_EVERY_MS = 500;
/** Between tries, where the answer does not say. */
const PAUSE_MS = 1_000;
/** Before it is asked again what became of an action: that costs the gateway a question to WhatsApp. */
const UNKNOWN_PAUSE_MS = 5_000;
const ADDS = 0.6;
const OPEN_AT_ONCE = 120;

/** A client that adds and removes members all the time, each with a key of its own, and repeats until it knows. */
export class Traffic {
  readonly errands: Errand[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly settling = new AbortController();
  private readonly started: Promise<void>[] = [];
  /** When errands without an outcome are given up. */
  private deadline = Infinity;

  constructor(
    private readonly api: Api,
    private readonly world: ChaosWorld,
    private readonly random: Random,
    /** By phone number. */
    private readonly sessions: ReadonlyMap<string, string>,
  ) {
    // Every errand that waits listens.
    setMaxListeners(0, this.settling.signal);
  }

  start(): void {
    this.started.push(
      this.every(EVERY_MS, () => this.begin()),
      this.every(STIR_EVERY_MS, () => this.world.stir(this.random)),
      this.every(STIR_EVERY_MS, () => void this.read()),
    );
  }

  /** Nothing new is begun. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.started);
  }

  /** Nothing is in the way any more: resolves when every errand has its outcome, or when it is too late for that. */
  async settle(withinMs: number): Promise<void> {
    this.settling.abort();
    this.deadline = performance.now() + withinMs;
    while (this.underWay.size > 0 && performance.now() < this.deadline) {
      await Promise.race([Promise.all(this.underWay), delay(PAUSE_MS)]);
    }
  }

  private begin(): void {
    if (this.underWay.size >= OPEN_AT_ONCE) return;
    const work = this.run(this.errand()).finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  private errand(): Errand {
    const group = this.random.pick(this.world.groups);
    const phone = this.random.next() < ADDS ? undefined : this.removable(group);
    const errand: Errand = {
      key: `errand-${this.errands.length}`,
      action: phone === undefined ? 'add' : 'remove',
      groupJid: group.jid,
      session: this.sessionOf(this.random.pick(group.accounts.slice(0, 2)).number),
      phone: phone ?? this.world.person(),
      answers: [],
    };
    this.errands.push(errand);
    return errand;
  }

  private removable({ removable }: ChaosGroup): string | undefined {
    return removable.splice(this.random.between(0, removable.length - 1), 1)[0];
  }

  private sessionOf(phone: string): string {
    const session = this.sessions.get(phone);
    if (session === undefined) throw new RangeError(`${phone} has no session`);
    return session;
  }

  private async run(errand: Errand): Promise<void> {
    let unknown = 0;
    while (errand.outcome === undefined && performance.now() < this.deadline) {
      const isSettling = this.settling.signal.aborted;
      const { said, retryAfterMs } = await this.send(errand);
      errand.answers.push(said);
      if (said === '204') errand.outcome = 'done';
      else if (said === '504 upstream_timeout' && isSettling && ++unknown === 2) errand.outcome = 'unknown';
      else if (said === 'lost' || /^(409 conflict idempotency_key_in_use|50[134] )/.test(said)) {
        const atLeast = said.startsWith('504') ? UNKNOWN_PAUSE_MS : PAUSE_MS;
        await this.pause(isSettling ? PAUSE_MS : Math.max(atLeast, retryAfterMs));
      } else errand.outcome = `refused: ${said}`;
    }
    if (errand.action === 'add' && errand.outcome === 'done') {
      this.world.groups.find(({ jid }) => jid === errand.groupJid)?.removable.push(errand.phone);
    }
  }

  private send({ key, action, groupJid: gid, session, phone }: Errand): ReturnType<Api['ask']> {
    const parameters = { session, gid };
    if (action === 'remove')
      return this.api.ask('remove', { parameters: { ...parameters, jid: phone }, idempotencyKey: key });
    return this.api.ask('add', { parameters, body: { participants: [phone] }, idempotencyKey: key });
  }

  /** Stored data, which WhatsApp's troubles are no reason to be without. */
  private async read(): Promise<void> {
    const { jid: gid, accounts } = this.random.pick(this.world.groups);
    const session = this.sessionOf(this.random.pick(accounts).number);
    await this.api.ask('listMembers', { parameters: { session, gid } });
  }

  /** Ends early when everything is to be settled, unless it began only then. */
  private async pause(ms: number): Promise<void> {
    const { signal } = this.settling;
    await delay(ms, undefined, signal.aborted ? {} : { signal }).catch(() => undefined);
  }

  private async every(ms: number, work: () => void): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      work();
      await delay(ms, undefined, { signal }).catch(() => undefined);
    }
  }
}
