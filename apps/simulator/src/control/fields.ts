import { z } from 'zod';

/** The fields that bodies are made of. */
export const phone = z.string().regex(/^[1-9]\d{4,14}$/, 'a phone number in digits, without +');
export const participants = z.array(z.string().min(1)).min(1);
export const times = z
  .union([z.int().min(1), z.literal('forever').transform(() => Infinity)])
  .default(1)
  .describe('how often it strikes');
export const after = z.int().min(0).default(0).describe('how many are let pass first');
export const filter = z
  .strictObject({
    phone: phone.optional(),
    tag: z.string().optional(),
    xmlns: z.string().optional(),
    type: z.string().optional(),
    child: z.string().optional(),
    to: z.string().optional(),
  })
  .transform((given) => defined(given))
  .default({});

/** Without the keys that are `undefined`: absent and undefined are not the same to those who take it. */
export function defined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
