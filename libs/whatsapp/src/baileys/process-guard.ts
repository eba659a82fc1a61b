import { summaryOf, type BaileysLogger } from './baileys-logger.js';

/**
 * The last line of defence: a rejection that nobody awaits, from a corner of Baileys that the adapter does not wrap,
 * is logged instead of ending the process and with it every other session. Returns what takes the guard away.
 */
export function guardProcess(logger: BaileysLogger): () => void {
  const onRejection = (reason: unknown): void => {
    const stack = reason instanceof Error ? reason.stack : undefined;
    logger.error({ err: { ...summaryOf(reason), stack } }, 'a promise was rejected and nobody handles it');
  };
  process.on('unhandledRejection', onRejection);
  return () => void process.off('unhandledRejection', onRejection);
}
