/** What a caller may see. Every read of tenant data takes one. */
export interface TenantScope {
  organizationId: string;
  /** When set, only these sessions exist for the caller. */
  sessionIds?: readonly string[];
}

/** Whether `sessionId` can exist for the caller; the organization is checked by the query itself. */
export function admits(scope: TenantScope, sessionId: string): boolean {
  return scope.sessionIds === undefined || scope.sessionIds.includes(sessionId);
}
