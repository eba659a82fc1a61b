const TEXTS = {
  401: 'not-authorized',
  403: 'forbidden',
  404: 'item-not-found',
  406: 'not-acceptable',
  409: 'conflict',
  410: 'gone',
  419: 'resource-limit',
} as const;

/** A whole query that WhatsApp refuses: `code` and `text` go into `<error code text/>`. */
export class WorldError extends Error {
  constructor(
    readonly code: number,
    readonly text: string,
  ) {
    super(`${code} ${text}`);
    this.name = 'WorldError';
  }

  /** With WhatsApp's own word for the code. */
  static of(code: keyof typeof TEXTS): WorldError {
    return new WorldError(code, TEXTS[code]);
  }

  static badRequest(text = 'bad-request'): WorldError {
    return new WorldError(400, text);
  }

  static forbidden(): WorldError {
    return WorldError.of(403);
  }

  static notFound(): WorldError {
    return WorldError.of(404);
  }

  static notAcceptable(): WorldError {
    return WorldError.of(406);
  }

  static conflict(): WorldError {
    return WorldError.of(409);
  }
}
