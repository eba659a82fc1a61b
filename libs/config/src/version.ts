import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const manifest = z.object({ version: z.string() });

/** The release that runs. The manifest is looked for upwards, since sources and `dist` lie at different depths. */
export function gatewayVersion(from = import.meta.dirname): string {
  const path = join(from, 'package.json');
  if (existsSync(path)) return manifest.parse(JSON.parse(readFileSync(path, 'utf8'))).version;
  if (dirname(from) === from) throw new Error('package.json is missing: it ships beside dist');
  return gatewayVersion(dirname(from));
}
