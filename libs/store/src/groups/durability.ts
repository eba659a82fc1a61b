import type { GroupWrite } from './group-draft.js';

/** SQL, to be selected: the commit waits for the disk only if the parameter says so. */
export function waitForDiskIf(parameter: string): string {
  return `case when not ${parameter}::boolean then set_config('synchronous_commit', 'off', true) end`;
}

/** Whether whoever told of it forgets it as soon as it is stored. */
export function isLastWord({ events }: GroupWrite): boolean {
  return events.some(({ id }) => id !== undefined);
}
