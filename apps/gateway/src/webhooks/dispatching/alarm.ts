/** A wait that somebody may end. */
export class Alarm {
  private ring: (() => void) | undefined;

  /** Resolves after `ms`, or once it is woken. One wait at a time. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    this.ring?.();
    this.ring = undefined;
  }
}
