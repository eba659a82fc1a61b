/** What is done to one session is done one after the other; different sessions do not wait for each other. */
export class SessionQueue {
  private readonly tails = new Map<string, Promise<unknown>>();

  isBusy(sessionId: string): boolean {
    return this.tails.has(sessionId);
  }

  run<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(sessionId) ?? Promise.resolve();
    const result = before.then(work, work);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.tails.set(sessionId, settled);
    void settled.then(() => {
      if (this.tails.get(sessionId) === settled) this.tails.delete(sessionId);
    });
    return result;
  }
}
