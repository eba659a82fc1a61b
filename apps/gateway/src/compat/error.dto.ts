import { ApiProperty } from '@nestjs/swagger';
import { ErrorBody, Flag } from '#http';

/** The body of every 4xx and 5xx of product B's routes. */
export class ProductBError {
  @Flag({ description: 'Always false in a failure', example: false })
  success: false;

  @ApiProperty({ type: ErrorBody })
  error: ErrorBody;
}
