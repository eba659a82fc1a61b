import type { GatewayConfig } from '#config';
import { loadOrCreateCredentialsKey, type StoreOptions } from '#store';

/** The keys that encrypt WhatsApp credentials; without one in the configuration, the one of the data folder. */
export async function credentialsKeys(config: GatewayConfig): Promise<StoreOptions['credentialsKeys']> {
  const { credentialsKey, credentialsKeyPrevious, dataDir } = config;
  const current = credentialsKey ?? (await loadOrCreateCredentialsKey(dataDir));
  return { current, previous: credentialsKeyPrevious };
}
