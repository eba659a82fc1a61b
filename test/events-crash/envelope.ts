/** Of an event, as webhooks and streams bring it. */
export function idIn(envelope: string): string {
  return (JSON.parse(envelope) as { id: string }).id;
}
