import type { Lab } from './lab.js';

/** One line of the table. */
export interface Row {
  what: string;
  measured: string;
  /** What it is measured against, in the same run. */
  baseline: string;
  /** The two compared, and what the comparison has to be. */
  compared: string;
  limit: string;
  /** `undefined`: told, not judged. */
  met?: boolean;
}

/** What can be set of a figure: how many sessions, for how many seconds, … */
export type Size = Readonly<Record<string, number>>;

export interface Figure {
  name: string;
  /** Takes so long that it is measured only when it is named. */
  onlyByName?: boolean;
  /** What can be set, and what it is unless it is. */
  size?: Size;
  run(lab: Lab, size: Size): Promise<Row[]>;
}

/** A figure of which something can be set. */
export function sized<S extends Size>(
  figure: Omit<Figure, 'run'> & { size: S; run(lab: Lab, size: S): Promise<Row[]> },
): Figure {
  return { ...figure, run: (lab, given) => figure.run(lab, { ...figure.size, ...given }) };
}

/** `ratio` of measured to baseline has to be at least `least`. */
export function atLeast(what: string, measured: string, baseline: string, ratio: number, least: number): Row {
  return { what, measured, baseline, compared: ratio.toFixed(2), limit: `≥ ${least}`, met: ratio >= least };
}

/** `value`, in `unit`, has to be at most `most`. */
export function atMost(
  what: string,
  { value, most, unit, measured, baseline = '' }: Bound,
  digits = unit === 'ms' || unit === 'MB' ? 2 : 0,
): Row {
  const shown = `${value.toFixed(digits)} ${unit}`.trim();
  return {
    what,
    measured: measured ?? shown,
    baseline,
    compared: shown,
    limit: `≤ ${most} ${unit}`.trim(),
    met: value <= most,
  };
}

export interface Bound {
  value: number;
  most: number;
  unit: string;
  /** What `value` was worked out from, where it is a difference. */
  measured?: string;
  baseline?: string;
}

export function told(what: string, measured: string, baseline = ''): Row {
  return { what, measured, baseline, compared: '', limit: '' };
}
