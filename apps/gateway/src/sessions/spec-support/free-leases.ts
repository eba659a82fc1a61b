import type { SessionLeases } from '#store';
import type { SessionLease } from '#whatsapp';

/** Leases that nobody else asks for, unless a spec says so. */
export class FreeLeases implements Pick<SessionLeases, 'claim' | 'renew' | 'release'> {
  private readonly fences = new Map<string, number>();
  /** Sessions that another process holds. */
  readonly elsewhere = new Set<string>();
  /** Sessions of which a lease was given and not given back. */
  readonly held = new Set<string>();
  failures = 0;

  claim(sessionIds: readonly string[]): Promise<SessionLease[]> {
    if (this.failures-- > 0) return Promise.reject(new Error('away'));
    return Promise.resolve(
      sessionIds.filter((id) => !this.elsewhere.has(id)).map((id) => ({ sessionId: id, fence: this.raise(id) })),
    );
  }

  renew(leases: readonly SessionLease[]): Promise<SessionLease[]> {
    if (this.failures-- > 0) return Promise.reject(new Error('away'));
    return Promise.resolve(leases.filter(({ sessionId, fence }) => this.fences.get(sessionId) === fence));
  }

  release(leases: readonly SessionLease[]): Promise<void> {
    for (const { sessionId } of leases) this.held.delete(sessionId);
    return Promise.resolve();
  }

  /** Another process is given the session. */
  take(sessionId: string): void {
    this.raise(sessionId);
    this.elsewhere.add(sessionId);
  }

  private raise(sessionId: string): number {
    const fence = (this.fences.get(sessionId) ?? 0) + 1;
    this.fences.set(sessionId, fence);
    this.held.add(sessionId);
    return fence;
  }
}
