/** `share` between 0 and 1; by nearest rank. Throws on an empty list. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `12.3 ms`. */
export function ms(value: number): string {
  return `${value.toFixed(value < 100 ? 2 : 0)} ms`;
}

export function megabytes(value: number): string {
  return `${value.toFixed(1)} MB`;
}

/** Over all `values`, each rounded: what a median hides. */
export function spread(values: readonly number[], digits = 0): string {
  return values.map((value) => value.toFixed(digits)).join(' ');
}
