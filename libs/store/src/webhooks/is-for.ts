/** SQL: whether the webhook `webhook` wants the event `event`; both are of the same organization. */
export function isFor(webhook: string, event: string): string {
  return `coalesce(
          ('*' = any (${webhook}.events) or ${event}.event = any (${webhook}.events))
          and (${webhook}.session_id is null or ${webhook}.session_id = ${event}.session_id)
          and (${webhook}.session_ids is null or ${event}.session_id = any (${webhook}.session_ids)), false)`;
}
