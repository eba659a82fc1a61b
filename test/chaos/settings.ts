import { randomInt } from 'node:crypto';
import { ROUND_MS } from './schedule.js';

export interface ChaosSettings {
  seed: number;
  rounds: number;
}

/** From `CHAOS_SEED` and `CHAOS_SECONDS`; by default a new seed, and one round. Throws for what is not a number. */
export function chaosSettings(): ChaosSettings {
  const { CHAOS_SEED: seed, CHAOS_SECONDS: seconds } = process.env;
  return {
    seed: seed === undefined ? randomInt(2 ** 31) : wholeNumber('CHAOS_SEED', seed),
    rounds:
      seconds === undefined ? 1 : Math.max(1, Math.round((wholeNumber('CHAOS_SECONDS', seconds) * 1_000) / ROUND_MS)),
  };
}

function wholeNumber(name: string, given: string): number {
  const value = Number(given);
  if (!/^\d+$/.test(given) || !Number.isSafeInteger(value))
    throw new RangeError(`${name}: ${given} is not a whole number`);
  return value;
}
