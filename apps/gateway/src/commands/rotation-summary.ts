import type { RotationReport } from '#store';

/** Whether the previous key is needed no more. */
export function isComplete(reports: readonly RotationReport[]): boolean {
  return reports.every(({ unreadable, remaining }) => unreadable.size === 0 && remaining === 0);
}

/** What an operator is told, line by line. Names sessions and webhooks, and nothing that is stored of them. */
export function summary(reports: readonly RotationReport[]): string[] {
  const lines = reports.flatMap(({ name, reencrypted, current, unreadable, remaining }) => [
    `${name}: ${reencrypted} re-encrypted, ${current} already under the current key, ${sum(unreadable)} unreadable, ${remaining} remaining`,
    ...[...unreadable].map(([owner, rows]) => `  unreadable: ${rows} of ${owner}`),
  ]);
  const advice = [
    ...(reports.some(({ unreadable }) => unreadable.size > 0)
      ? ['What is unreadable was damaged, or encrypted with a key that is neither current nor previous.']
      : []),
    ...(reports.some(({ remaining }) => remaining > 0)
      ? ['Something remains: restart every gateway with the new key, then run this again.']
      : []),
  ];
  return [...lines, ...(advice.length > 0 ? advice : ['The previous key is needed no more.'])];
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
