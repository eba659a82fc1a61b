import WebSocket from 'ws';
import { now, type Envelope } from './receiver.js';

/** WebSocket readers, each of one session's events, in a process of their own: `open` once all of them are, then what they saw. */
export interface ReadersParameters {
  /** Of the gateway. */
  url: string;
  apiKey: string;
  sessions: readonly string[];
}

/** One line of the program's output for each second. */
export interface ReadersReport {
  events: number;
  /** Milliseconds from the event's timestamp, the longest. */
  longest: number;
}

const EVERY_MS = 1_000;
const { url, apiKey, sessions } = JSON.parse(process.argv[2] ?? '') as ReadersParameters;
const report: ReadersReport = { events: 0, longest: 0 };

async function open(session: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/realtime/ticket`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const { ticket } = (await answer.json()) as { ticket: string };
  const target = `${url.replace(/^http/, 'ws')}/api/v1/realtime?ticket=${ticket}&session=${session}`;
  const socket = new WebSocket(target);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
  socket.on('message', (data: Buffer) => {
    const { timestamp } = JSON.parse(data.toString()) as Envelope;
    report.events++;
    report.longest = Math.max(report.longest, now() - timestamp);
  });
  socket.on('close', (code) => console.log(`closed ${code}`));
}

for (const session of sessions) await open(session);
console.log('open');
setInterval(() => {
  console.log(JSON.stringify(report));
  report.longest = 0;
}, EVERY_MS);
