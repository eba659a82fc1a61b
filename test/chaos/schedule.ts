import type { StreamError } from '#simulator';
import { Random } from './random.js';

/** Accounts of the world, by number. The last ones are set apart: their sessions are ended by WhatsApp, for good. */
export const ACCOUNTS = 60;
const DOOMS = ['replaced', 'device_removed', 'banned'] as const;
/** What ends a session by design. */
export type Doom = (typeof DOOMS)[number];
export const LASTING = ACCOUNTS - DOOMS.length;

/** `accounts` are numbers, times milliseconds. */
export type Fault =
  | { kind: 'kill' }
  /** The process stands still, and goes on as if nothing had been. */
  | { kind: 'freeze'; forMs: number }
  /** It stands still while the database restarts and another process takes over; then it wakes up. */
  | { kind: 'takeover' }
  | { kind: 'database'; how: 'fast' | 'immediate' }
  | { kind: 'drop'; accounts: number[] }
  | { kind: 'offline'; forMs: number }
  /** Every upgrade is answered with `status`. */
  | { kind: 'refuse'; status: number; forMs: number }
  /** Connections are taken and the upgrade is never answered. */
  | { kind: 'hang'; times: number }
  | { kind: 'silence'; accounts: number[]; forMs: number }
  | { kind: 'stream'; accounts: number[]; error: StreamError }
  | { kind: 'login'; accounts: number[]; reason: number }
  | { kind: 'garbage'; accounts: number[] }
  /** The next changes of groups. `action`: as in the simulator's `Faults`. */
  | { kind: 'query'; action: 'silence' | 'closeOn' | 'actThenClose' | 'actThenSilence'; times: number }
  | { kind: 'doom'; account: number; by: Doom };

export interface Step {
  /** Milliseconds since the start of its phase. */
  at: number;
  fault: Fault;
}

/** In the order of time. It is over when all that lasts a while is; then every session has to come back. */
export type Phase = readonly Step[];

/** What a server may say that ends a connection and no session. */
const STREAM_ERRORS: readonly StreamError[] = [
  'unavailable',
  'restart_required',
  401,
  408,
  429,
  500,
  501,
  503,
  515,
  516,
];
const REFUSALS = [403, 429, 500, 502, 503];

const VIOLENT_MS = 22_000;
/** Longer than a gateway may take to notice: 35 s, and 5 more for a last answer. */
const SILENCE_MS = 43_000;
/** About, for sessions that have come back are not waited for. */
export const ROUND_MS = 75_000;

/**
 * All that happens, and when: nothing but `seed` and the number of rounds decides about it. A round has three phases. In
 * the first everything is struck, and nothing lasts. In the second nothing is that would cut the silent connections, so
 * that the gateway itself has to find out that they are dead. In the third the process is killed once more.
 */
export function schedule(seed: number, rounds: number): Phase[] {
  const random = new Random(seed);
  return Array.from({ length: rounds }, (_, round): Phase[] => {
    const silent = random.sample(everybody(), 4);
    const others = everybody().filter((account) => !silent.includes(account));
    const last: Step = { at: 0, fault: { kind: 'kill' } };
    return [violence(random), [...quiet(random, silent, others), ...(round === 0 ? dooms(random) : [])], [last]];
  })
    .flat()
    .map((phase) => phase.toSorted((one, other) => one.at - other.at));
}

function everybody(): number[] {
  return Array.from({ length: LASTING }, (_, account) => account);
}

/** The process and the database by turns, each with time to come back; the rest whenever. */
function violence(random: Random): Step[] {
  const frozen: Fault = { kind: 'freeze', forMs: random.pick([1_500, 6_500]) };
  const restart: Fault = { kind: 'database', how: random.pick(['fast', 'immediate']) };
  const whole: Fault[] = [{ kind: 'kill' }, restart, random.pick([frozen, { kind: 'takeover' }]), { kind: 'kill' }];
  const slots = [500, 5_500, 10_000, 18_500];
  const order = [...random.sample(whole.slice(0, 3), 3), ...whole.slice(3)];
  return [
    ...order.map((fault, slot) => ({ at: (slots[slot] ?? 0) + random.between(0, 1_000), fault })),
    ...Array.from({ length: 16 }, () => ({ at: random.between(0, VIOLENT_MS - 3_000), fault: passing(random) })),
  ];
}

/** What strikes WhatsApp and is over soon. */
function passing(random: Random): Fault {
  const accounts = random.sample(everybody(), random.between(3, 20));
  const faults: (() => Fault)[] = [
    () => ({ kind: 'drop', accounts: random.pick([accounts, everybody()]) }),
    () => ({ kind: 'offline', forMs: random.between(300, 2_500) }),
    () => ({ kind: 'refuse', status: random.pick(REFUSALS), forMs: random.between(500, 3_000) }),
    () => ({ kind: 'hang', times: random.between(1, 5) }),
    () => ({ kind: 'stream', accounts, error: random.pick(STREAM_ERRORS) }),
    () => ({ kind: 'login', accounts, reason: 503 }),
    () => ({ kind: 'garbage', accounts }),
    () => ({
      kind: 'query',
      action: random.pick(['silence', 'closeOn', 'actThenClose', 'actThenSilence']),
      times: random.between(1, 3),
    }),
  ];
  return random.pick(faults)();
}

function quiet(random: Random, silent: number[], others: readonly number[]): Step[] {
  const some = (): number[] => random.sample(others, random.between(3, 15));
  const within = (from: number, to: number): number => random.between(from * 1_000, to * 1_000);
  const outage = 4_000;
  return [
    { at: 0, fault: { kind: 'silence', accounts: silent, forMs: SILENCE_MS } },
    { at: within(1, 3), fault: { kind: 'database', how: 'fast' } },
    // Long enough for the pauses between attempts to reach their cap.
    { at: outage, fault: { kind: 'refuse', status: random.pick(REFUSALS), forMs: 14_000 } },
    { at: outage + 100, fault: { kind: 'drop', accounts: some() } },
    ...STREAM_ERRORS.map((error): Step => {
      return { at: within(20, 41), fault: { kind: 'stream', accounts: some().slice(0, 4), error } };
    }),
    { at: within(20, 41), fault: { kind: 'garbage', accounts: some() } },
    { at: within(20, 41), fault: { kind: 'login', accounts: some(), reason: 503 } },
    { at: within(20, 41), fault: { kind: 'query', action: 'closeOn', times: 3 } },
    { at: within(20, 41), fault: { kind: 'query', action: 'actThenClose', times: 3 } },
  ];
}

/** Where no kill comes between the verdict and the writing of it. */
function dooms(random: Random): Step[] {
  return DOOMS.map((by, index) => ({
    at: 22_000 + index * 5_000 + random.between(0, 2_000),
    fault: { kind: 'doom', account: LASTING + index, by },
  }));
}
