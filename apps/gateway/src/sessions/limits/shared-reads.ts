/** Questions that are on their way: whoever asks the same meanwhile gets the same answer, or the same failure (pain 7). */
export class SharedReads {
  private readonly running = new Map<string, Promise<unknown>>();

  ask<T>(method: string, args: readonly unknown[], send: () => Promise<T>): Promise<T> {
    const question = JSON.stringify([method, ...args]);
    const running = this.running.get(question);
    if (running) return running as Promise<T>;
    const answer = send();
    this.running.set(question, answer);
    const ended = (): void => {
      if (this.running.get(question) === answer) this.running.delete(question);
    };
    answer.then(ended, ended);
    return answer;
  }

  /** Something changed: what was asked before may be answered as it was before, which is no answer for who asks now. */
  outdated(): void {
    this.running.clear();
  }
}
