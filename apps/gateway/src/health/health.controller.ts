import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '#auth';
import { gatewayVersion } from '#config';
import { Operation } from '#http';
import { LivenessDto, ReadinessDto } from './health.dto.js';
import { Readiness } from './readiness.js';

const STOPPING = {
  code: 'gateway_unavailable',
  message: 'the gateway is shutting down',
  details: { reason: 'shutting_down' },
} as const;

@ApiTags('Health')
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
    errors: ['gateway_unavailable', STOPPING],
  })
  async ready(): Promise<ReadinessDto> {
    await this.readiness.check();
    return { status: 'ready' };
  }
}
