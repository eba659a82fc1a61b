import { children, type LoggedStanza, type Simulator } from '#simulator';

const CHANGES = ['add', 'remove'];

/** What WhatsApp was asked to do to people, and what it did: told apart, for an answer may be lost on either way. */
export class Deeds {
  private readonly asked = new Map<string, number>();
  private readonly done = new Map<string, number>();
  private pairings = 0;

  constructor(private readonly simulator: Simulator) {
    simulator.log.watch((stanza) => this.look(stanza));
    simulator.world.onChange((change) => {
      // Without a device it was done on the phone.
      if (change.actor?.via === undefined || (change.type !== 'added' && change.type !== 'removed')) return;
      const action = change.type === 'added' ? 'add' : 'remove';
      for (const { phone } of change.accounts) count(this.done, deed(action, change.group.jid, phone));
    });
  }

  /** How many stanzas asked for it. */
  timesAsked(action: string, groupJid: string, phone: string): number {
    return this.asked.get(deed(action, groupJid, phone)) ?? 0;
  }

  timesDone(action: string, groupJid: string, phone: string): number {
    return this.done.get(deed(action, groupJid, phone)) ?? 0;
  }

  /** How many stanzas came from devices that are not linked: they ask to be. */
  get unlinked(): number {
    return this.pairings;
  }

  private look({ phone, xmlns, type, node }: LoggedStanza): void {
    if (phone === undefined) this.pairings += 1;
    if (xmlns !== 'w:g2' || type !== 'set') return;
    for (const { tag, attrs, content } of children(node)) {
      if (!CHANGES.includes(tag)) continue;
      for (const participant of children({ tag, attrs, content })) {
        const account = this.simulator.world.directory.find(participant.attrs['jid'] ?? '');
        if (account !== undefined) count(this.asked, deed(tag, node.attrs['to'] ?? '', account.phone));
      }
    }
  }
}

function deed(action: string, groupJid: string, phone: string): string {
  return `${action} ${phone} ${groupJid}`;
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
