import autocannon from 'autocannon';

export const CONNECTIONS = 16;

export interface Load {
  requestsPerSecond: number;
  /** Milliseconds, one for each request. */
  latencies: number[];
}

export interface LoadOptions {
  /** api-key. */
  token?: string;
  /** Sent as `If-None-Match`: every answer has to be a 304. */
  etag?: string;
}

/** Sixteen connections, each with one request after the other, for `seconds`. Throws unless every answer is the one due. */
export async function load(url: string, seconds: number, { token, etag }: LoadOptions = {}): Promise<Load> {
  const latencies: number[] = [];
  const due = etag === undefined ? 200 : 304;
  const startedAt = performance.now();
  const run = autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(etag !== undefined && { 'if-none-match': etag }),
    },
  });
  let lastAt = startedAt;
  let refused = 0;
  run.on('response', (_client, status, _bytes, milliseconds) => {
    if (status !== due) refused++;
    latencies.push(milliseconds);
    lastAt = performance.now();
  });
  const { errors, timeouts } = await run;
  if (refused + errors + timeouts > 0) throw new Error(`${url}: ${refused} refused, ${errors + timeouts} failed`);
  return { requestsPerSecond: (latencies.length * 1_000) / (lastAt - startedAt), latencies };
}
