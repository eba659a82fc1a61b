import { readFile } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import type { Recording } from './profile-hook.js';

type Share = 'own' | 'baileys' | 'idle';

/** Code that decodes what WhatsApp sends: Baileys, what it is made of, and the websocket under it. */
const BAILEYS =
  /\/node_modules\/(@whiskeysockets|libsignal|whatsapp-rust-bridge|protobufjs|ws)\/|^node:zlib|curve25519/;
const OURS = /\/dist\/(libs|apps)\//;

/** The longest that the event loop was held in one go, in ms: by all, by Baileys' code, and by everything else. */
export interface Held {
  longest: number;
  baileys: number;
  own: number;
}

/** `from` and `to` in epoch milliseconds. */
export async function eventLoopHeld(path: string, from: number, to: number): Promise<Held> {
  const { epoch, gaps, profile } = JSON.parse(await readFile(path, 'utf8')) as Recording;
  const held: Held = { longest: 0, baileys: 0, own: 0 };
  const samples = samplesOf(profile);
  for (const [start, end] of gaps) {
    if ((start + epoch) / 1_000 < from || (end + epoch) / 1_000 > to) continue;
    const spent = { own: 0, baileys: 0, idle: 0 };
    for (const sample of samples) {
      spent[sample.share] += Math.max(0, Math.min(sample.until, end) - Math.max(sample.from, start)) / 1_000;
    }
    held.longest = Math.max(held.longest, (end - start) / 1_000);
    held.baileys = Math.max(held.baileys, spent.baileys);
    held.own = Math.max(held.own, spent.own);
  }
  return held;
}

interface Sample {
  share: Share;
  from: number;
  until: number;
}

function samplesOf({ nodes, samples = [], timeDeltas = [], startTime, endTime }: Profiler.Profile): Sample[] {
  const shares = sharesOf(nodes);
  const taken: Sample[] = [];
  let at = startTime;
  let share: Share = 'own';
  samples.forEach((id, index) => {
    at += timeDeltas[index] ?? 0;
    // Collecting garbage, and native code with no JavaScript on the stack, go with what was running before.
    share = shares.get(id) ?? share;
    const before = taken.at(-1);
    if (before) before.until = at;
    taken.push({ share, from: at, until: endTime });
  });
  return taken;
}

/** By node: whose code it is. What is neither Baileys' nor idle is ours to answer for, drivers and Node included. */
function sharesOf(nodes: readonly Profiler.ProfileNode[]): Map<number, Share | undefined> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const shares = new Map<number, Share | undefined>();
  const visit = (id: number, inherited: Share): void => {
    const node = byId.get(id);
    if (!node) return;
    const { functionName, url } = node.callFrame;
    const share = BAILEYS.test(url) ? 'baileys' : OURS.test(url) ? 'own' : inherited;
    shares.set(id, ['(program)', '(garbage collector)'].includes(functionName) ? undefined : share);
    if (functionName === '(idle)') shares.set(id, 'idle');
    for (const child of node.children ?? []) visit(child, share);
  };
  if (nodes[0]) visit(nodes[0].id, 'own');
  return shares;
}
