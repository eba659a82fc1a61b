import { Injectable, Logger } from '@nestjs/common';
import { WhatsAppRefusedError, type PersonalInvite } from '#whatsapp';
import type { LiveGroup } from '../groups/index.js';
import { isLimit } from './participant-reasons.js';
import type { ParticipantOutcome } from './participants.js';

/** Sends WhatsApp's own invites to those whom it would not let an account add. */
@Injectable()
export class PersonalInvites {
  private readonly logger = new Logger('Invites');

  /**
   * One after the other, since each is a message to somebody who may not know the account. It stops at the first that is
   * not answered or limited: the outcomes hold the invites all the same.
   */
  async send(target: LiveGroup, outcomes: readonly ParticipantOutcome[]): Promise<ParticipantOutcome[]> {
    const told: ParticipantOutcome[] = [];
    /** By code: whoever was named by two addresses has one invite. */
    const sent = new Map<string, Sent>();
    let goOn = true;
    for (const outcome of outcomes) {
      const invite = inviteOf(target, outcome);
      if (!invite) {
        told.push(outcome);
        continue;
      }
      const fate: Sent = sent.get(invite.code) ?? (goOn ? await this.sendOne(target, outcome, invite) : 'stopped');
      sent.set(invite.code, fate);
      goOn &&= fate !== 'stopped';
      told.push({ ...outcome, inviteSent: fate === 'sent' });
    }
    return told;
  }

  private async sendOne({ client, session }: LiveGroup, to: ParticipantOutcome, invite: PersonalInvite): Promise<Sent> {
    try {
      await client.sendInvite(to.lid ?? to.jid, invite);
      return 'sent';
    } catch (error) {
      // The invite itself is a credential: neither it nor whom it is for is told.
      this.logger.warn({ msg: 'an invite was not sent', sessionId: session.id, groupJid: invite.groupJid, err: error });
      return error instanceof WhatsAppRefusedError && !isLimit(error.whatsappCode) ? 'refused' : 'stopped';
    }
  }
}

type Sent = 'sent' | 'refused' | 'stopped';

/** Only for a refusal by privacy settings: who has just left a group does not want to be asked back by a machine. */
function inviteOf({ group }: LiveGroup, { error }: ParticipantOutcome): PersonalInvite | undefined {
  if (error?.reason !== 'privacy_blocked') return undefined;
  const { inviteCode: code, inviteExpiresAt: expiresAt } = error;
  if (code === undefined || expiresAt === undefined) return undefined;
  return { groupJid: group.groupJid, subject: group.subject ?? '', code, expiresAt };
}
