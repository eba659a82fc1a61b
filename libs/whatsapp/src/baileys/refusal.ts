import { WhatsAppRefusedError } from '#whatsapp';
import { momentOf, numberOf, type BinaryNode } from './node.js';

/**
 * A refusal, with what the node that tells of it says beside the code: `backoff`, how many seconds to wait (429), and
 * `expiration`, the epoch second at which a restriction of the account ends (463).
 */
export function refusal(
  code: number,
  text: string,
  node: BinaryNode | undefined,
  cause?: unknown,
): WhatsAppRefusedError {
  const restrictedUntil = momentOf(node?.attrs.expiration);
  return new WhatsAppRefusedError(code, text, numberOf(node?.attrs.backoff), {
    ...(cause !== undefined && { cause }),
    ...(restrictedUntil !== undefined && { restrictedUntil }),
  });
}

/** The refusal that an error of Baileys stands for, if any: its code is the number in `data`. */
export function refusalBehind(error: unknown, node?: BinaryNode): WhatsAppRefusedError | undefined {
  // A timeout's `data` is an object, and a close rejects with a number.
  if (!(error instanceof Error) || !('data' in error) || typeof error.data !== 'number') return undefined;
  return refusal(Number.isFinite(error.data) ? error.data : 500, error.message, node, error);
}
