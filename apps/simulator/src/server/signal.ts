/** Something that happens now and then, to those who want to hear of it. */
export class Signal<T> {
  private readonly listeners = new Set<(value: T) => void>();

  emit(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }

  /** Resolves at the next time that `fits`. */
  next(fits: (value: T) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const listener = (value: T): void => {
        if (!fits(value)) return;
        this.listeners.delete(listener);
        resolve();
      };
      this.listeners.add(listener);
    });
  }
}
