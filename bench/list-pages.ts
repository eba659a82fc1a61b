import type { GroupSnapshot } from '#whatsapp';
import { atMost, type Figure, type Row } from './support/figure.js';
import type { Gateway } from './support/gateway.js';
import { phoneNumbers } from './support/simulator.js';
import { median, ms, quantile } from './support/statistics.js';

const GROUPS = 1_000;
const MEMBERS = 200;
const PAGE = 100;
/** Enough to tell the first page of a group from the last, and the first group from the last. */
const GROUPS_READ = 200;
/** Of pages: up to a hundred, and little less. */
const SIZES = 9;
/** Until then Node has not compiled all that a call runs through. */
const WARM_UP = 300;
const MOST_MS = 5;

interface List {
  nextCursor: string;
}

interface Times {
  first: number[];
  again: number[];
}

/** Pages of long lists, near the start and far from it, by the clock of a client that asks for one at a time. */
export const listPages: Figure = {
  name: 'list-pages',
  async run(lab) {
    const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
    const groups = world();
    const session = await database.storeGroups(groups);
    const gateway = await lab.gateway({ database, simulator });
    await gateway.ready();
    const path = `/sessions/${session}/groups`;
    for (let n = 0; n < WARM_UP; n++) await gateway.call('GET', `${path}?limit=${1 + (n % (PAGE / 2))}`);
    const step = GROUPS / GROUPS_READ;
    const members = groups
      .filter((_, n) => n % step === 0)
      .map(({ groupJid }) => `${path}/${groupJid}/members?limit=${PAGE}`);
    // There is one list of groups: it is new to the gateway with each size of its pages.
    const sizes = Array.from({ length: SIZES }, (_, n) => `${path}?limit=${PAGE - n}`);
    return [...(await rows('groups', gateway, sizes)), ...(await rows('members', gateway, members))];
  },
};

/** One row for each place that a page can have in its list. */
async function rows(what: string, gateway: Gateway, lists: readonly string[]): Promise<Row[]> {
  const pages: Times[] = [];
  for (const list of lists) {
    let cursor = '';
    for (let n = 0; n === 0 || cursor !== ''; n++) {
      const path = `${list}${cursor && `&cursor=${cursor}`}`;
      const times = (pages[n] ??= { first: [], again: [] });
      cursor = await timed(times.first, () => gateway.call<List>('GET', path)).then(({ nextCursor }) => nextCursor);
      await timed(times.again, () => gateway.call<List>('GET', path));
    }
  }
  const slowest = pages.reduce((one, other) => (median(other.first) > median(one.first) ? other : one));
  const all = pages.flatMap(({ first }) => first);
  return [
    atMost(`a page of ${PAGE} ${what}, p50 of the slowest of ${pages.length} pages`, {
      value: median(slowest.first),
      most: MOST_MS,
      unit: 'ms',
      measured: `${ms(median(slowest.first))} (p99 of all ${ms(quantile(all, 0.99))})`,
      baseline: `${ms(median(slowest.again))}, once more`,
    }),
  ];
}

async function timed<T>(times: number[], call: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await call();
  times.push(performance.now() - startedAt);
  return result;
}

function world(): GroupSnapshot[] {
  const people = phoneNumbers(3, 10 * MEMBERS);
  return Array.from({ length: GROUPS }, (_, n) => ({
    groupJid: `${120_363_000_000_000_000n + BigInt(n)}@g.us`,
    addressingMode: 'lid',
    subject: `Group ${n}`,
    description: 'What it is about, in a sentence or two as people write them',
    isAnnounce: false,
    isLocked: false,
    joinApproval: false,
    memberAddMode: 'admin_add',
    ephemeralSeconds: 0,
    participants: Array.from({ length: MEMBERS }, (_, m) => {
      const person = people[(n * 37 + m) % people.length] ?? '';
      return { phoneJid: `${person}@s.whatsapp.net`, lid: `1${person}@lid`, role: 'member' as const };
    }),
  }));
}
