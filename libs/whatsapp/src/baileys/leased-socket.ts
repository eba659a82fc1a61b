import type { WASocket } from '@whiskeysockets/baileys';
import type { HeldLease } from '#whatsapp';
import { rawSocket } from './guarded-socket.js';

type Sent = (error?: Error) => void;

/**
 * Lets nothing leave while the lease may be somebody else's: a process that was stopped for longer than its lease lasts
 * wakes up with timers of Baileys that are due before ours. `refused` is called instead. To be called in the tick in
 * which the socket was made.
 */
export function heedLease(socket: WASocket, lease: HeldLease, refused: () => void): void {
  // Baileys keeps its own hold of the method of its wrapper.
  const raw = rawSocket(socket);
  if (!raw) return;
  const send = raw.send.bind(raw) as (data: unknown, ...rest: unknown[]) => void;
  raw.send = (data: unknown, ...rest: unknown[]) => {
    if (lease.isHeld) return send(data, ...rest);
    refused();
    const sent = rest.at(-1) as Sent | undefined;
    sent?.(new Error('the lease of the session ran out'));
  };
}
