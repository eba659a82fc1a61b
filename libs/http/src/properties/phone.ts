import { parseUserJid } from '#whatsapp';
import { problem, property, type PropertyOptions } from './property.js';

/** A phone number: country code and number, digits only. */
export function Phone(options: PropertyOptions): PropertyDecorator {
  return property(
    { example: '6281234567890', ...options },
    {
      schema: { type: String, pattern: '^[1-9]\\d{4,14}$' },
      problems: (value) =>
        typeof value === 'string' && !value.includes('@') && parseUserJid(value)
          ? []
          : problem('must be a phone number: country code and number, digits only'),
    },
  );
}
