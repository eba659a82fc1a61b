import { TokenBucket } from 'limiter';

/** How many live actions a session may do; the smallest is 1. */
export interface Rates {
  ratePerMin: number;
  ratePerHour: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * How many live actions a session may do now: a bucket of tokens for the minute and one for the hour, both full at
 * first and refilled evenly. An action takes a token out of both, or out of neither.
 */
export class ActionBudget {
  private readonly hour: TokenBucket;
  private readonly minute: TokenBucket;

  constructor(rates: Rates) {
    this.hour = fullBucket(rates.ratePerHour, HOUR_MS);
    this.minute = fullBucket(rates.ratePerMin, MINUTE_MS, this.hour);
  }

  /** New rates hold at once; what was spent of the old ones counts as spent. */
  resize(rates: Rates): void {
    resize(this.hour, rates.ratePerHour);
    resize(this.minute, rates.ratePerMin);
  }

  /** 0 when a token was taken; else how many milliseconds there is none. */
  spend(): number {
    return this.minute.tryRemoveTokens(1) ? 0 : Math.max(1, this.minute.getWaitTime(1));
  }
}

function fullBucket(rate: number, interval: number, parentBucket?: TokenBucket): TokenBucket {
  const bucket = new TokenBucket({ bucketSize: sizeFor(rate), tokensPerInterval: rate, interval, parentBucket });
  bucket.content = bucket.bucketSize;
  return bucket;
}

function resize(bucket: TokenBucket, rate: number): void {
  if (bucket.tokensPerInterval === rate) return;
  // What came in until now came in at the old rate.
  bucket.drip();
  const spent = bucket.bucketSize - bucket.content;
  bucket.bucketSize = sizeFor(rate);
  bucket.tokensPerInterval = rate;
  bucket.content = Math.max(0, bucket.bucketSize - spent);
}

/** A bucket that cannot hold one token would never let anything through. */
function sizeFor(rate: number): number {
  return Math.max(1, rate);
}
