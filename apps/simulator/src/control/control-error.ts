import { ZodError } from 'zod';
import { WorldError } from '../world/index.js';

/** What the control API answers when it does not do as it was asked. */
export class ControlError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** What in the request is wrong. */
    readonly field?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ControlError';
  }
}

const NAMED_FIELD = /^([a-z]+): (.*)$/s;

/** WhatsApp's own refusals keep their code and text; what is malformed names its field. */
export function toControlError(error: unknown): ControlError {
  if (error instanceof ControlError) return error;
  if (error instanceof ZodError) {
    const [issue] = error.issues;
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys : [];
    const field = [...(issue?.path ?? []), ...unknown].join('.') || 'body';
    return new ControlError(400, issue?.message ?? 'malformed', field, { cause: error });
  }
  if (error instanceof WorldError) {
    return new ControlError(422, `WhatsApp refuses: ${error.code} ${error.text}`, undefined, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError) {
    const [, field, reason] = NAMED_FIELD.exec(message) ?? [];
    return new ControlError(400, reason ?? message, field, { cause: error });
  }
  return new ControlError(500, message, undefined, { cause: error });
}
