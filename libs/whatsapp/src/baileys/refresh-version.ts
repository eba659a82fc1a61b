import { fetchLatestWaWebVersion } from '@whiskeysockets/baileys';

/**
 * The version that web.whatsapp.com serves right now: for the command by which an operator refreshes
 * `WHATSAPP_VERSION`, never for a connection. Throws when it cannot be had.
 */
export async function fetchLatestWhatsAppVersion(
  options: { timeoutMs?: number } = {},
): Promise<[number, number, number]> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? 10_000);
  const { version, isLatest, error } = await fetchLatestWaWebVersion({ signal });
  // Baileys hands out its own pinned version where the look-up failed.
  if (!isLatest) {
    throw new Error('the current WhatsApp Web version could not be fetched from web.whatsapp.com', { cause: error });
  }
  return version;
}
