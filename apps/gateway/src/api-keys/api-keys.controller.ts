import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { Caller, type Principal, Requires } from '#auth';
import { BAD_PAGE, invalid, type List, ListOf, Operation, PageQuery } from '#http';
import { ApiKeyDto, CreateApiKeyDto, CreatedApiKeyDto } from './api-key.dto.js';
import { ApiKeysService } from './api-keys.service.js';

const EXCEEDS_CREATOR = {
  code: 'forbidden',
  message: 'a key cannot be granted more than its creator has',
  details: { reason: 'exceeds_creator', capabilities: ['manage'] },
} as const;
/** The first one can be sent as it is; Swagger UI would make one up of every field, whose sessions do not exist. */
const EXAMPLES = {
  open: { summary: 'for every session', value: { name: 'nightly sync', capabilities: ['read', 'send'] } },
  limited: {
    summary: 'limited to a session and a network, until a moment',
    value: {
      name: 'nightly sync',
      capabilities: ['read'],
      expiresAt: 4_102_444_800_000,
      sessionIds: ['01JD4Z0S3M8Q1V7C5T9B2N6XKR'],
      allowedCidrs: ['203.0.113.0/24'],
    },
  },
};
const BAD_KEY = [
  invalid('capabilities', 'must not be empty'),
  invalid('expiresAt', 'must be in the future'),
  invalid('sessionIds[0]', 'is not a session of yours'),
];
const NO_SUCH_KEY = { code: 'not_found', message: 'api key not found' } as const;

@ApiTags('Api-keys')
@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @Post()
  @Requires('manage')
  @ApiBody({ type: CreateApiKeyDto, examples: EXAMPLES })
  @Operation({
    id: 'createApiKey',
    summary: 'Make an api-key',
    description:
      'The answer holds the `secret`, this once. A key made with a key stays within the sessions, networks and expiry of its creator.',
    success: 201,
    returns: CreatedApiKeyDto,
    errors: [...BAD_KEY, EXCEEDS_CREATOR],
  })
  create(@Caller() caller: Principal, @Body() body: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    return this.apiKeys.create(caller, body);
  }

  @Get()
  @Requires('manage')
  @Operation({
    id: 'listApiKeys',
    summary: 'List api-keys',
    description: 'A key that is limited to some sessions sees the keys within them only.',
    returns: ListOf(ApiKeyDto),
    errors: BAD_PAGE,
  })
  list(@Caller() caller: Principal, @Query() page: PageQuery): Promise<List<ApiKeyDto>> {
    return this.apiKeys.list(caller, page);
  }

  @Get(':id')
  @Requires('manage')
  @Operation({ id: 'getApiKey', summary: 'Show an api-key', returns: ApiKeyDto, errors: [NO_SUCH_KEY] })
  get(@Caller() caller: Principal, @Param('id') id: string): Promise<ApiKeyDto> {
    return this.apiKeys.get(caller, id);
  }

  @Delete(':id')
  @Requires('manage')
  @Operation({
    id: 'deleteApiKey',
    summary: 'Revoke an api-key',
    description: 'It is refused from the next request on.',
    success: 204,
    errors: [NO_SUCH_KEY],
  })
  delete(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    return this.apiKeys.delete(caller, id);
  }
}
