/** The file cannot be used. `message` is for the operator, and holds nothing of what is in it. */
export class SessionFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SessionFileError';
  }
}
