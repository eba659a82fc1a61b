import pLimit from 'p-limit';
import { Places } from './places.js';

/** Connecting costs about 20 ms of CPU; more at once only makes each of them slower. */
const CONNECTING_AT_ONCE = 10;
/** Each costs a socket for as long as its codes live, and linking it the upload of 800 keys. */
export const PAIRING_AT_ONCE = 20;

/** How many sessions of this process connect at once, and how many wait, connected, for somebody to link them. */
export class Turns {
  readonly connecting;
  readonly pairing;

  constructor(connectingAtOnce = CONNECTING_AT_ONCE, pairingAtOnce = PAIRING_AT_ONCE) {
    this.connecting = pLimit(connectingAtOnce);
    this.pairing = new Places(pairingAtOnce);
  }
}

/** The turns of one session. Linked ones wait for others to connect, never for others to be linked. */
export class Turn {
  private leavePairing?: () => void;

  constructor(private readonly turns: Turns) {}

  /** Calls `connect` when it may, with what to call once that connection no longer counts among those under way. */
  toConnect(connect: (settled: () => void) => void): void {
    void this.turns.connecting(() => new Promise<void>(connect));
  }

  /** As `toConnect`, for a session that is not linked. `waiting`: told before and after, when there is no place for it. */
  toPair(connect: (settled: () => void) => void, waiting: (isWaiting: boolean) => void): void {
    const hasToWait = this.turns.pairing.areTaken;
    if (hasToWait) waiting(true);
    this.leavePairing = this.turns.pairing.take(() => {
      if (hasToWait) waiting(false);
      this.toConnect(connect);
    });
  }

  /** It shows a code, although it was taken for linked: it counts among those that wait for that. */
  pairs(): void {
    this.leavePairing ??= this.turns.pairing.occupy();
  }

  /** It waits for nobody to link it any more: somebody else gets its place. */
  endPairing(): void {
    this.leavePairing?.();
    this.leavePairing = undefined;
  }
}
