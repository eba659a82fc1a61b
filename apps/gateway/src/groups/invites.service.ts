import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ForbiddenError, ValidationError } from '#errors';
import { WhatsAppRefusedError, inviteLink, parseInvite, type InvitedGroup, type JoinOutcome } from '#whatsapp';
import { commonRefusal } from '../sessions/index.js';
import { GroupSync } from './group-sync.service.js';
import { LiveGroups, type LiveAccount } from './live-groups.service.js';

/** The invite link of a group, and joining by one. */
@Injectable()
export class InvitesService {
  constructor(
    private readonly live: LiveGroups,
    private readonly sync: GroupSync,
  ) {}

  async link(caller: Principal, sessionId: string, groupJid: string): Promise<string> {
    const target = await this.live.group(caller, sessionId, groupJid);
    return inviteLink(await this.live.ask(target, target.client.inviteCode(groupJid)));
  }

  async reset(caller: Principal, sessionId: string, groupJid: string): Promise<string> {
    const target = await this.live.group(caller, sessionId, groupJid);
    return inviteLink(await this.live.ask(target, target.client.revokeInvite(groupJid)));
  }

  /** `invite`: a code or a link. Joining a group that the account is in already is a success. */
  async join(caller: Principal, sessionId: string, invite: string): Promise<JoinOutcome> {
    const code = codeIn('invite', invite);
    const account = await this.live.account(caller, sessionId);
    const outcome = await join(account, code);
    if (outcome.status === 'joined') await this.store(account, outcome.groupJid);
    return outcome;
  }

  /** What an invite leads to, without joining. Stores nothing: the account need not be in the group. */
  async preview(caller: Principal, sessionId: string, invite: string): Promise<InvitedGroup> {
    const code = codeIn('code', invite);
    const { client } = await this.live.account(caller, sessionId);
    return asked('code', client.inviteInfo(code));
  }

  /** The group can be read as soon as the answer is there; if reading it fails now, it is read with all others. */
  private async store(account: LiveAccount, groupJid: string): Promise<void> {
    try {
      await this.live.read(account, groupJid, { actor: account.self });
    } catch (error) {
      this.sync.readAgain(account.session.id, error);
    }
  }
}

/** Where in the request an invite stands. */
type InviteField = 'invite' | 'code';

function codeIn(field: InviteField, invite: string): string {
  const code = parseInvite(invite);
  if (code === undefined) throw ValidationError.of(field, 'must be an invite code or link');
  return code;
}

async function join({ client }: LiveAccount, code: string): Promise<JoinOutcome> {
  try {
    return await client.joinGroup(code);
  } catch (error) {
    if (!(error instanceof WhatsAppRefusedError)) throw error;
    if (error.whatsappCode !== 409) throw inviteRefusal('invite', error);
  }
  const { groupJid } = await asked('invite', client.inviteInfo(code));
  return { status: 'joined', groupJid };
}

async function asked<T>(field: InviteField, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof WhatsAppRefusedError ? inviteRefusal(field, error) : error;
  }
}

/** 406 malformed, 404 and 410 unknown, revoked or expired; 401 and 403 this account may not come (back) in. */
function inviteRefusal(field: InviteField, error: WhatsAppRefusedError): Error {
  const cause = { cause: error };
  const { whatsappCode } = error;
  if ([400, 404, 406, 410].includes(whatsappCode)) {
    return ValidationError.of(field, 'this invite is invalid or has expired', cause);
  }
  if (whatsappCode === 401 || whatsappCode === 403) {
    const message = 'WhatsApp does not let this account join the group';
    return new ForbiddenError('refused_by_whatsapp', message, { whatsappCode }, cause);
  }
  return commonRefusal(error);
}
