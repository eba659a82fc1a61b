interface Waiter {
  resolve: () => void;
  reject: (reason: Error) => void;
}

/** Those who wait for the same thing. */
export class Waiters {
  private waiters: Waiter[] = [];

  wait(): Promise<void> {
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  resolve(): void {
    for (const waiter of this.take()) waiter.resolve();
  }

  reject(reason: Error): void {
    for (const waiter of this.take()) waiter.reject(reason);
  }

  private take(): Waiter[] {
    const waiters = this.waiters;
    this.waiters = [];
    return waiters;
  }
}
