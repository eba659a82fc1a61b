import {
  WorldError,
  type Actor,
  type JoinResult,
  type MemberAddMode,
  type Outcome,
  type Toggle,
  type World,
} from '../world/index.js';
import { child, children, node, textOf, type StanzaNode } from '../wire/index.js';
import { groupNode, joinRequestNode, outcomeNode } from './group-nodes.js';
import type { DeviceQuery, IqHandler } from './iq.js';

type Answer = StanzaNode[] | undefined;
type Handler = (actor: Actor, groupJid: string, request: StanzaNode) => Answer;

const TOGGLES: Record<string, [Toggle, boolean]> = {
  announcement: ['announcement', true],
  not_announcement: ['announcement', false],
  locked: ['locked', true],
  unlocked: ['locked', false],
};
const MEMBER_ACTIONS = ['add', 'remove', 'promote', 'demote'] as const;
const REQUEST_ACTIONS = ['approve', 'reject'] as const;
const ALL_GROUPS = '@g.us';

/** `xmlns="w:g2"`: everything about groups. */
export class GroupQueries {
  /** By `<type> <tag>`, and ` *` where the query is sent to no group in particular. */
  private readonly handlers = new Map<string, Handler>();

  constructor(private readonly world: World) {
    this.reads();
    this.memberships();
    this.changes();
    this.invites();
    this.joinRequests();
  }

  readonly handle: IqHandler = ({ device, iq }: DeviceQuery) => {
    const request = child(iq);
    const to = iq.attrs.to ?? '';
    if (request === undefined) throw WorldError.badRequest();
    const key = `${iq.attrs.type} ${request.tag}${to === ALL_GROUPS ? ' *' : ''}`;
    const handler = this.handlers.get(key);
    if (handler === undefined) throw WorldError.badRequest();
    return handler({ account: device.account, via: device.jid }, to, request);
  };

  private reads(): void {
    this.handlers.set('get participating *', (actor, _to, request) => {
      const parts = { participants: has(request, 'participants'), description: has(request, 'description') };
      const groups = this.world.groupsOf(actor.account).map((group) => groupNode(group, parts));
      return [node('groups', {}, groups)];
    });
    this.handlers.set('get query', (actor, to) => [groupNode(this.world.readGroup(actor, to))]);
  }

  private memberships(): void {
    const { membership } = this.world;
    for (const action of MEMBER_ACTIONS) {
      this.handlers.set(`set ${action}`, (actor, to, request) => {
        return [this.results(action, to, membership[action](actor, to, jidsIn(request)))];
      });
    }
    this.handlers.set('set leave *', (actor, _to, request) => {
      const groups = children(request, 'group').map(({ attrs }) => attrs.id ?? '');
      const results = membership
        .leave(actor, groups)
        .map(({ groupJid, code }) => node('group', { id: groupJid, error: code === 200 ? undefined : code }));
      return [node('leave', {}, results)];
    });
    this.handlers.set('set create *', (actor, _to, request) => this.create(actor, request));
  }

  private create(actor: Actor, request: StanzaNode): Answer {
    const { group, outcomes } = this.world.createGroup(actor, {
      subject: request.attrs.subject ?? '',
      participants: jidsIn(request),
    });
    const declined = outcomes
      .filter((outcome: Outcome) => outcome.code !== 200)
      .map((outcome) => outcomeNode(outcome, group.addressingMode, true));
    return [groupNode(group, undefined, declined)];
  }

  private changes(): void {
    const { settings } = this.world;
    this.handlers.set('set subject', (actor, to, request) => done(settings.subject(actor, to, textOf(request) ?? '')));
    this.handlers.set('set description', (actor, to, request) => {
      const { id, prev, delete: deleted } = request.attrs;
      const body = deleted === 'true' ? '' : (textOf(child(request, 'body')) ?? '');
      return done(settings.description(actor, to, body, prev, id));
    });
    for (const [tag, [setting, on]] of Object.entries(TOGGLES)) {
      this.handlers.set(`set ${tag}`, (actor, to) => done(settings.toggle(actor, to, setting, on)));
    }
    this.handlers.set('set membership_approval_mode', (actor, to, request) => {
      const state = child(request, 'group_join')?.attrs.state;
      if (state !== 'on' && state !== 'off') throw WorldError.badRequest();
      return done(settings.toggle(actor, to, 'approval', state === 'on'));
    });
    this.handlers.set('set member_add_mode', (actor, to, request) =>
      done(settings.memberAddMode(actor, to, memberAddMode(textOf(request)))),
    );
    this.handlers.set('set ephemeral', (actor, to, request) =>
      done(settings.ephemeral(actor, to, Number(request.attrs.expiration))),
    );
    this.handlers.set('set not_ephemeral', (actor, to) => done(settings.ephemeral(actor, to, 0)));
  }

  private invites(): void {
    const { invites } = this.world;
    this.handlers.set('get invite', (actor, to) => [node('invite', { code: invites.code(actor, to) })]);
    this.handlers.set('set invite', (actor, to) => [node('invite', { code: invites.reset(actor, to) })]);
    this.handlers.set('get invite *', (_actor, _to, request) => {
      const group = invites.resolve(request.attrs.code ?? '');
      return [groupNode(group, { participants: false, description: true })];
    });
    this.handlers.set('set invite *', (actor, _to, request) => {
      return joined(invites.join(actor, request.attrs.code ?? ''));
    });
    this.handlers.set('set accept', (actor, to, request) => {
      const { code = '', expiration, admin } = request.attrs;
      const expiresAt = expiration === undefined ? {} : { expiresAt: Number(expiration) };
      return joined(invites.acceptPersonal(actor, to, { code, ...expiresAt, ...(admin !== undefined && { admin }) }));
    });
  }

  private joinRequests(): void {
    const { joinRequests } = this.world;
    this.handlers.set('get membership_approval_requests', (actor, to) => {
      const requests = joinRequests.list(actor, to);
      const mode = this.world.group(to).addressingMode;
      const nodes = requests.map((request) => joinRequestNode(request, mode));
      return [node('membership_approval_requests', {}, nodes)];
    });
    this.handlers.set('set membership_requests_action', (actor, to, request) => {
      const [asked] = children(request);
      const action = REQUEST_ACTIONS.find((known) => known === asked?.tag);
      if (asked === undefined || action === undefined) throw WorldError.badRequest();
      const outcomes = joinRequests.answer(actor, to, action, jidsIn(asked));
      return [node('membership_requests_action', {}, [this.results(action, to, outcomes)])];
    });
  }

  /** What became of each participant, under the name of what was done to them. */
  private results(tag: string, groupJid: string, outcomes: readonly Outcome[]): StanzaNode {
    const { addressingMode } = this.world.group(groupJid);
    const { otherAddressInResults } = this.world.switches;
    return node(
      tag,
      {},
      outcomes.map((outcome) => outcomeNode(outcome, addressingMode, otherAddressInResults)),
    );
  }
}

function joined({ status, group }: JoinResult): StanzaNode[] {
  return [node(status === 'joined' ? 'group' : 'membership_approval_request', { jid: group.jid })];
}

function done(_nothing: void): undefined {
  return undefined;
}

function has(request: StanzaNode, tag: string): boolean {
  return child(request, tag) !== undefined;
}

function jidsIn(request: StanzaNode): string[] {
  return children(request, 'participant').map(({ attrs }) => attrs.jid ?? '');
}

function memberAddMode(value: string | undefined): MemberAddMode {
  if (value === 'admin_add' || value === 'all_member_add') return value;
  throw WorldError.badRequest();
}
