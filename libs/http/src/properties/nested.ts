import { applyDecorators, type Type } from '@nestjs/common';
import { Type as Instance } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import { problem, property, type PropertyOptions } from './property.js';

/** An object with properties of its own; each of its bad ones is named by its path. */
export function Nested(dto: () => Type, options: PropertyOptions): PropertyDecorator {
  const own = property(options, {
    // Nest tells a function that gives the class from a class by its name, which is that of the property it stands in.
    schema: { type: () => dto() },
    problems: (value) => (typeof value === 'object' && !Array.isArray(value) ? [] : problem('must be a JSON object')),
  });
  return applyDecorators(own, ValidateNested(), Instance(dto));
}
