/** A whole query that WhatsApp refuses: `code` and `text` go into `<error code text/>`. */
export class WorldError extends Error {
  constructor(
    readonly code: number,
    readonly text: string,
  ) {
    super(`${code} ${text}`);
    this.name = 'WorldError';
  }

  static badRequest(text = 'bad-request'): WorldError {
    return new WorldError(400, text);
  }

  static forbidden(): WorldError {
    return new WorldError(403, 'forbidden');
  }

  static notFound(): WorldError {
    return new WorldError(404, 'item-not-found');
  }

  static notAcceptable(): WorldError {
    return new WorldError(406, 'not-acceptable');
  }

  static conflict(): WorldError {
    return new WorldError(409, 'conflict');
  }
}
