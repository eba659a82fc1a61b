import { z } from 'zod';
import type { Simulator } from '../../simulator.js';
import { after, defined, filter, phone, times } from '../fields.js';
import { get, post, type Route } from '../route.js';

const code = z.int().min(400).max(599);
const epochSeconds = z.int().min(1);
const streamError = z.union([
  z.int().min(1),
  z.enum(['replaced', 'device_removed', 'restart_required', 'unavailable']),
]);
const optional = { times, after, filter };

const fault = z.discriminatedUnion('fault', [
  z.strictObject({ fault: z.literal('silence'), ...optional }),
  z.strictObject({ fault: z.literal('closeOn'), ...optional }),
  z.strictObject({ fault: z.literal('actThenClose'), ...optional }),
  z.strictObject({ fault: z.literal('actThenSilence'), ...optional }),
  z.strictObject({ fault: z.literal('delay'), ...optional, ms: z.int().min(1).max(600_000) }),
  z.strictObject({
    fault: z.literal('iqError'),
    ...optional,
    code,
    text: z.string(),
    backoff: z.int().min(1).optional(),
    expiration: epochSeconds.optional(),
  }),
  z.strictObject({
    fault: z.literal('restrict'),
    times,
    after,
    filter: filter.optional(),
    until: epochSeconds.optional(),
  }),
  z.strictObject({ fault: z.literal('nack'), times, after, phone: phone.optional(), to: z.string().optional(), code }),
  z.strictObject({
    fault: z.literal('participantError'),
    times,
    after,
    participant: z.string().min(1),
    code,
    action: z.enum(['create', 'add', 'remove', 'promote', 'demote', 'approve', 'reject']).optional(),
  }),
  z.strictObject({ fault: z.literal('refuseUpgrade'), times, status: code }),
  z.strictObject({ fault: z.literal('hangUpgrade'), times }),
  z.strictObject({ fault: z.literal('failOnLogin'), times, phone: phone.optional(), reason: code }),
  z.strictObject({ fault: z.literal('conflictOnLogin'), times, phone }),
  z.strictObject({
    fault: z.literal('tamper'),
    times,
    part: z.enum(['leaf', 'intermediate', 'serverHello', 'adv', 'hmac']),
  }),
  z.strictObject({ fault: z.literal('streamError'), phone, error: streamError }),
  z.strictObject({ fault: z.literal('garbage'), phone }),
  z.strictObject({ fault: z.literal('mute'), phone }),
  z.strictObject({ fault: z.literal('freeze'), phone }),
]);

function inject({ faults }: Simulator, asked: z.output<typeof fault>): void {
  switch (asked.fault) {
    case 'delay':
      faults.delay(asked.filter, asked.ms, asked);
      return;
    case 'iqError':
      faults.iqError(asked.filter, asked.code, asked.text, defined(asked));
      return;
    case 'restrict':
      faults.restrict(asked.filter, defined(asked));
      return;
    case 'nack':
      faults.nack(asked.code, defined(asked), asked);
      return;
    case 'participantError':
      faults.participantError(asked.participant, asked.code, defined(asked));
      return;
    case 'refuseUpgrade':
      faults.refuseUpgrade(asked.status, asked);
      return;
    case 'hangUpgrade':
      faults.hangUpgrade(asked);
      return;
    case 'failOnLogin':
      faults.failOnLogin(asked.phone, asked.reason, asked);
      return;
    case 'conflictOnLogin':
      faults.conflictOnLogin(asked.phone, asked);
      return;
    case 'tamper':
      faults.tamper(asked.part, asked);
      return;
    case 'streamError':
      return faults.streamError(asked.phone, asked.error);
    case 'garbage':
    case 'mute':
    case 'freeze':
      return faults[asked.fault](asked.phone);
    default:
      faults[asked.fault](asked.filter, asked);
  }
}

/** What goes wrong, and what was asked of WhatsApp. */
export const faultRoutes: readonly Route[] = [
  post('/faults', {
    does: `make something go wrong: ${fault.options.map(({ shape }) => shape.fault.value).join(', ')}; times: a number or "forever"; after: how many are let pass first`,
    body: fault,
    example: {
      fault: 'iqError',
      filter: { xmlns: 'w:g2', child: 'promote' },
      code: 429,
      text: 'rate-overlimit',
      times: 1,
    },
    run: ({ simulator, body }) => inject(simulator, body),
  }),
  {
    method: 'DELETE',
    path: '/faults',
    does: 'end every fault that is planned; muted and frozen connections go on',
    run: ({ simulator }) => Promise.resolve(simulator.faults.clear()),
  },
  post('/drop', {
    does: 'cut every line, or those of one account',
    body: z.strictObject({ phone: phone.optional() }),
    example: {},
    run: ({ simulator, body }) => simulator.faults.dropAll(body.phone),
  }),
  post('/offline', {
    does: 'WhatsApp is away: lines are cut, new ones refused',
    body: z.strictObject({}),
    example: {},
    run: ({ simulator }) => simulator.goOffline(),
  }),
  post('/online', {
    does: 'WhatsApp is back',
    body: z.strictObject({}),
    example: {},
    run: ({ simulator }) => simulator.goOnline(),
  }),
  post('/groups-dirty', {
    does: "tell an account's devices that their list of groups is stale",
    body: z.strictObject({ phone }),
    example: { phone: '491555000001' },
    run: ({ simulator, body }) => simulator.phone(body.phone).sendGroupsDirty(),
  }),
  get(
    '/log',
    'how many stanzas devices sent, of late: ?phone= &tag= &xmlns= &type= &child= &to=',
    ({ simulator, query }) => {
      const wanted = filter.parse(Object.fromEntries(query));
      return { connections: simulator.connections(), count: simulator.log.count(wanted) };
    },
  ),
];
