import autocannon from 'autocannon';

export const CONNECTIONS = 16;

export interface Load {
  requestsPerSecond: number;
  /** Milliseconds, one for each request. */
  latencies: number[];
}

/** Sixteen connections, each with one request after the other, for `seconds`. Throws unless every answer is a success. */
export async function load(url: string, seconds: number, token?: string): Promise<Load> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const run = autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
  });
  let lastAt = startedAt;
  run.on('response', (_client, _status, _bytes, milliseconds) => {
    latencies.push(milliseconds);
    lastAt = performance.now();
  });
  const { non2xx, errors, timeouts } = await run;
  if (non2xx + errors + timeouts > 0) throw new Error(`${url}: ${non2xx} refused, ${errors + timeouts} failed`);
  return { requestsPerSecond: (latencies.length * 1_000) / (lastAt - startedAt), latencies };
}
