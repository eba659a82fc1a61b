import type { SimulatedPhone } from '#simulator';
import { until } from '../../bench/support/wait.js';
import type { RouteName } from './answers.js';
import { LASTING } from './schedule.js';
import type { Rig } from './rig.js';
import { VERDICTS, type Striker } from './strike.js';
import type { Errand } from './traffic.js';

const STORED_MS = 15_000;

/** Everything that is wrong after a run; nothing when all is as it has to be. `rig` is at rest. */
export async function findings(rig: Rig, striker: Striker): Promise<string[]> {
  return [
    ...rig.gateway.deaths.map((death) => `the gateway died by itself: ${death}`),
    ...rig.api.broken.map((broken) => `a connection broke while the gateway was up: ${broken}`),
    ...[...rig.answers.undocumented].map((answer) => `undocumented answer: ${answer}`),
    ...striker.failures.map((failure) => `at the end of a fault: ${failure}`),
    ...[...rig.watch.sluggish].map(([session, pause]) => `too long a pause: session ${session} was to wait ${pause}`),
    ...striker.unnoticed.map((phone) => `a silent connection was not noticed: ${phone}`),
    ...rig.traffic.errands.flatMap((errand) => misdeeds(rig, errand)),
    ...pairings(rig),
    ...(await verdicts(rig, striker)),
    ...(await rig.vault.losses(lasting(rig))),
    ...(await groups(rig)),
    ...leaks(rig),
  ];
}

/** Nothing is done twice; what is said to be done is done, and what was not done is never said to be. */
function misdeeds({ deeds }: Rig, { key, action, groupJid, phone, outcome, answers }: Errand): string[] {
  const asked = deeds.timesAsked(action, groupJid, phone);
  const done = deeds.timesDone(action, groupJid, phone);
  const found = `${key} (${action} ${phone}, ${outcome}): WhatsApp was asked ${asked} times, did it ${done} times; answers: ${answers.join(', ')}`;
  const isRight = asked <= 1 && outcome === (done === 1 ? 'done' : 'unknown');
  return isRight ? [] : [found];
}

function pairings({ deeds, watch, world }: Rig): string[] {
  const asked = [...watch.seen].flatMap(([id, states]) =>
    [...states].some((state) => state.startsWith('scan_qr_code')) ? id : [],
  );
  const relinked = world.accounts
    .slice(0, LASTING)
    .filter((phone) => phone.devices().length !== 1 || phone.devices()[0]?.id !== 1);
  return [
    ...(deeds.unlinked > 0 ? [`${deeds.unlinked} stanzas came from devices that are not linked`] : []),
    ...asked.map((id) => `session ${id} asked to be paired`),
    ...relinked.map(({ number }) => `${number} has other devices than the one that was linked`),
  ];
}

/** Exactly the sessions that WhatsApp ended are down, say why, and have not tried again. */
async function verdicts(rig: Rig, { doomed }: Striker): Promise<string[]> {
  const sessions = (await rig.watch.look()) ?? [];
  const wrong = doomed.flatMap(({ phone, by, logins }) => {
    const { status, statusReason } = sessions.find(({ id }) => id === rig.session(phone)) ?? {};
    const wanted = VERDICTS[by];
    const again = rig.world.simulator.logins(phone) - logins;
    const isRight = status === wanted.status && statusReason === wanted.statusReason && again === 0;
    return isRight ? [] : [`${phone} was ${by}: it is ${status} (${statusReason}), and logged in ${again} times since`];
  });
  for (const { phone, by } of doomed) {
    const items = await rig.vault.items(rig.session(phone));
    // Only what WhatsApp has unlinked is worthless.
    if ((items === 0) !== (by === 'device_removed')) wrong.push(`${phone} was ${by}: ${items} credentials are stored`);
  }
  return wrong;
}

async function groups(rig: Rig): Promise<string[]> {
  const wrong = await Promise.all(rig.world.accounts.slice(0, LASTING).map((phone) => groupsOf(rig, phone)));
  return wrong.flat();
}

/** What is stored of an account's groups is what they are, at the latest when what was told of them is stored. */
async function groupsOf(rig: Rig, phone: SimulatedPhone): Promise<string[]> {
  let differing: string[] = [];
  const look = async (): Promise<true | undefined> => {
    const [stored, actual] = [await storedGroups(rig, phone), actualGroups(rig, phone)];
    const names = new Set([...stored.keys(), ...actual.keys()]);
    differing = [...names].flatMap((name) => {
      const [is, shouldBe] = [stored.get(name) ?? [], actual.get(name) ?? []];
      const missing = shouldBe.filter((line) => !is.includes(line));
      const surplus = is.filter((line) => !shouldBe.includes(line));
      return missing.length + surplus.length === 0
        ? []
        : [`${name}: not stored ${missing.join()}; stored ${surplus.join()}`];
    });
    return differing.length === 0 || undefined;
  };
  try {
    await until(`groups of ${phone.number}`, look, { everyMs: 500, timeoutMs: STORED_MS });
    return [];
  } catch (error) {
    if (differing.length === 0) differing = [String(error)];
    return differing.map((group) => `stored groups of ${phone.number} differ: ${group}`);
  }
}

/** By JID: its subject, and each member with the role. */
function actualGroups({ world }: Rig, { account }: SimulatedPhone): Map<string, string[]> {
  return new Map(
    world.simulator.world.groupsOf(account).map(({ jid, subject, members }) => {
      const people = [...members].map(([{ phone, lid }, role]) => `${phone} ${lid}@lid ${role}`);
      return [jid, [subject, `as ${members.get(account)}`, ...people]];
    }),
  );
}

interface StoredGroup {
  groupJid: string;
  subject: string;
  myRole: string;
}

interface StoredMember {
  phoneNumber?: string;
  lid?: string;
  role: string;
  isSuperAdmin: boolean;
}

async function storedGroups(rig: Rig, { number }: SimulatedPhone): Promise<Map<string, string[]>> {
  const session = rig.session(number);
  const groups = await list<StoredGroup>(rig, 'listGroups', { session });
  const described = groups.map(async ({ groupJid, subject, myRole }): Promise<[string, string[]]> => {
    const members = await list<StoredMember>(rig, 'listMembers', { session, gid: groupJid });
    const people = members.map(({ phoneNumber, lid, role, isSuperAdmin }) => {
      return `${phoneNumber} ${lid} ${isSuperAdmin ? 'superadmin' : role}`;
    });
    return [groupJid, [subject, `as ${myRole}`, ...people]];
  });
  return new Map(await Promise.all(described));
}

async function list<T>({ api }: Rig, route: RouteName, parameters: Record<string, string>): Promise<T[]> {
  const { said, body } = await api.ask(route, { parameters });
  if (said !== '200') throw new Error(`${route}: ${said}`);
  return (body as { data: T[] }).data;
}

function lasting({ sessions, world }: Rig): Map<string, string> {
  const phones = new Set(world.accounts.slice(0, LASTING).map(({ number }) => number));
  return new Map([...sessions].filter(([phone]) => phones.has(phone)));
}

/** Every secret that the run knows, looked for in all that the gateway printed; secrets themselves are not repeated. */
function leaks({ gateway, vault, apiKey }: Rig): string[] {
  const { output } = gateway;
  const leaked = [apiKey, ...vault.secrets].filter((secret) => output.includes(secret));
  return leaked.length === 0 ? [] : [`${leaked.length} secrets are in the gateway's log`];
}
