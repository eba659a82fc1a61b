import type { Row } from './figure.js';

const HEADER = ['figure', 'measured', 'baseline', 'compared', 'limit', ''];

/** A table in plain text. */
export function table(rows: readonly Row[]): string {
  const lines = [HEADER, ...rows.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cells({ what, measured, baseline, compared, limit, met }: Row): string[] {
  return [what, measured, baseline, compared, limit, met === undefined ? '' : met ? 'pass' : 'FAIL'];
}
