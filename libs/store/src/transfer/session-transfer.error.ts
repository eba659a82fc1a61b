/** The session cannot be moved, or not now; `message` says why, for the operator. Nothing was changed. */
export class SessionTransferError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SessionTransferError';
  }
}
