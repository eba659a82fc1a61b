/*
 * Receives events of a webhook and keeps each of them once, in a file, whatever is killed meanwhile.
 *
 *   WEBHOOK_SECRET=… node webhook-receiver.ts      Node 22.18 or later, no dependencies
 *
 * PORT (4000) and RECEIVED (received.ndjson: one event a line) may be set as well.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Event {
  id: string;
  event: string;
}

const { WEBHOOK_SECRET: secret, PORT = '4000', RECEIVED = 'received.ndjson' } = process.env;
if (!secret) throw new Error('WEBHOOK_SECRET is missing');

const file = await open(RECEIVED, constants.O_RDWR | constants.O_CREAT);
const found = await file.readFile();
/** Bytes of whole lines. What a crash cut short comes after them: it was not acknowledged, so it is sent again. */
let length = found.lastIndexOf('\n') + 1;
await file.truncate(length);
const lines = found.subarray(0, length).toString().split('\n').slice(0, -1);
const known = new Set(lines.map((line) => (JSON.parse(line) as Event).id));

let last: Promise<unknown> = Promise.resolve();

/** One after the other: a duplicate waits until the first one is on the disk. */
function keep(event: Event): Promise<void> {
  const kept = last.then(async () => {
    if (known.has(event.id)) return;
    const { bytesWritten } = await file.write(`${JSON.stringify(event)}\n`, length);
    await file.sync();
    length += bytesWritten;
    known.add(event.id);
    console.log(event.id, event.event);
  });
  last = kept.catch(() => undefined);
  return kept;
}

const MOST_BYTES = 1_048_576;

/** The bytes as they came, for these are what is signed; `undefined` for more than an event ever has. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isSigned(body: Buffer, hmac: unknown): boolean {
  const expected = createHmac('sha512', secret ?? '')
    .update(body)
    .digest();
  const given = Buffer.from(String(hmac), 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The status to answer: 2xx only for what is on the disk. */
async function receive(request: IncomingMessage): Promise<number> {
  if (request.method !== 'POST') return 405;
  const body = await bodyOf(request);
  if (!body) return 413;
  if (!isSigned(body, request.headers['x-webhook-hmac'])) return 401;
  await keep(JSON.parse(body.toString()) as Event);
  return 204;
}

const server = createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    (error: unknown) => {
      console.error(error);
      // The gateway tries again.
      response.writeHead(500).end();
    },
  );
});
server.listen(Number(PORT), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`receives on http://127.0.0.1:${port}, ${known.size} events so far`);
});
