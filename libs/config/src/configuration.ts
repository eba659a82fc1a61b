import type { GatewayConfig } from './gateway-config.js';
import { loadConfig } from './load-config.js';

/** The one place that reads the environment. Throws `ConfigError`. */
export function configFromEnvironment(): GatewayConfig {
  return loadConfig(process.env);
}
