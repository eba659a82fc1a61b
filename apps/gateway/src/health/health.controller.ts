import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '#auth';
import { gatewayVersion } from '#config';
import { Operation } from '#http';
import { LivenessDto, ReadinessDto } from './health.dto.js';
import { Readiness } from './readiness.js';

const DATABASE_AWAY = { code: 'gateway_unavailable', message: 'the database does not answer' } as const;

@ApiTags('health')
@Controller()
export class HealthController {
  private readonly version = gatewayVersion();

  constructor(private readonly readiness: Readiness) {}

  @Get('healthz')
  @Public()
  @Operation({ id: 'getLiveness', summary: 'Whether the process is up', returns: LivenessDto })
  liveness(): LivenessDto {
    return { status: 'ok', version: this.version };
  }

  @Get('readyz')
  @Public()
  @Operation({
    id: 'getReadiness',
    summary: 'Whether requests are served',
    description: 'Looks at the database.',
    returns: ReadinessDto,
    errors: [DATABASE_AWAY, 'gateway_unavailable'],
  })
  async ready(): Promise<ReadinessDto> {
    await this.readiness.check();
    return { status: 'ready' };
  }
}
