import { ApiProperty } from '@nestjs/swagger';
import { type AppError, ERROR_CODES, type ErrorCode, type ErrorDetails } from '#errors';

export class ErrorBody {
  @ApiProperty({ description: 'What went wrong, for programs', enum: ERROR_CODES, enumName: 'ErrorCode' })
  code: ErrorCode;

  @ApiProperty({ description: 'What went wrong, for people', example: 'session not found' })
  message: string;

  @ApiProperty({
    description: 'What belongs to the code: `reason`, `fields`, `required` and others',
    type: 'object',
    additionalProperties: true,
    example: {},
  })
  details: ErrorDetails;
}

/** The body of every 4xx and 5xx. */
export class ErrorEnvelope {
  @ApiProperty({ type: ErrorBody })
  error: ErrorBody;
}

export function toEnvelope({ code, message, details }: Pick<AppError, 'code' | 'message' | 'details'>): ErrorEnvelope {
  return { error: { code, message, details } };
}
