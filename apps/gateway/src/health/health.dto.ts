import { Choice, Text } from '#http';

export class LivenessDto {
  @Choice(['ok'], { description: 'The process is up', example: 'ok' })
  status: 'ok';

  @Text({ description: 'The release that runs', example: '0.1.0' })
  version: string;
}

export class ReadinessDto {
  @Choice(['ready'], { description: 'Requests are served', example: 'ready' })
  status: 'ready';
}
