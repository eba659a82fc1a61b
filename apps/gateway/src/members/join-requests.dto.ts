import { Moment, Phone, Text } from '#http';
import { phoneNumberOf, type JoinRequest } from '#whatsapp';

export class JoinRequestDto {
  @Text({ description: 'The phone JID when it is known, else the LID', example: '6281234567890@s.whatsapp.net' })
  jid: string;

  @Text({ description: 'The LID, when it is known', optional: true, example: '199789077627112@lid' })
  lid?: string;

  @Phone({ description: 'The phone number, when it is known', optional: true })
  phoneNumber?: string;

  @Moment({ description: 'When they asked (epoch milliseconds)' })
  requestedAt: number;

  @Text({ description: "How they asked, in WhatsApp's word", optional: true, example: 'invite_link' })
  method?: string;

  @Text({
    description: 'The member who asked for them, by phone JID or LID',
    optional: true,
    example: '6289876543210@s.whatsapp.net',
  })
  addedBy?: string;
}

export function toJoinRequestDto({ phoneJid, lid, requestedAt, method, addedBy }: JoinRequest): JoinRequestDto {
  const phoneNumber = phoneNumberOf(phoneJid);
  const by = addedBy && (addedBy.phoneJid ?? addedBy.lid);
  return {
    jid: phoneJid ?? lid ?? '',
    ...(lid !== undefined && { lid }),
    ...(phoneNumber !== undefined && { phoneNumber }),
    requestedAt,
    ...(method !== undefined && { method }),
    ...(by !== undefined && { addedBy: by }),
  };
}
