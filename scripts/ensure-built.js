import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');
const STAMP = join(ROOT, 'dist', '.built');
const SOURCES = ['apps', 'libs', 'bench', 'docs/examples', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Builds when `dist` is missing or older than any source; not where the sources are not (the image). Throws when the build fails. */
export function ensureBuilt() {
  if (!existsSync(join(ROOT, 'tsconfig.build.json'))) return;
  const built = modifiedAt(STAMP);
  if (built !== undefined && built > Math.max(...SOURCES.map((path) => newest(join(ROOT, path))))) return;
  build();
}

/** Throws when the build fails; the compiler has said where by then. */
export function build() {
  console.error('building …');
  rmSync(STAMP, { force: true });
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const startedAt = new Date();
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('the build failed; the messages above say where');
  writeFileSync(STAMP, '');
  // Dated back, so that a source saved during the build counts as newer.
  utimesSync(STAMP, startedAt, startedAt);
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
