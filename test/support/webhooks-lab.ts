import { expect } from '@jest/globals';
import { Database, WebhookRepository, type WebhookConfiguration } from '#store';
import { type Answer, startGateway, type TestGateway } from './start-gateway.js';

export interface Webhook {
  id: string;
  url: string;
  events: string[];
  sessionId?: string;
  sessionIds?: string[];
  customHeaders: Record<string, null>;
  retryPolicy: object;
  active: boolean;
  pausedReason?: string;
  createdAt: number;
  updatedAt: number;
  secret?: string;
}

export const PATH = '/api/v1/webhooks';
export const URL = 'https://example.com/hook';
export const SECRET = 'a secret that nobody may see';
export const TOKEN = 'Bearer that-nobody-may-see';
export const NOT_FOUND = {
  status: 404,
  body: { error: { code: 'not_found', message: 'webhook not found', details: {} } },
};

/** The routes of webhooks, as the owner of an organization calls them unless said otherwise. */
export class WebhooksLab {
  private constructor(
    readonly gateway: TestGateway,
    readonly owner: string,
  ) {}

  static async start(): Promise<WebhooksLab> {
    const gateway = await startGateway({ environment: { WEBHOOK_ALLOW_PRIVATE: '10.7.0.0/16' } });
    return new WebhooksLab(gateway, await gateway.jwt());
  }

  stop(): Promise<void> {
    return this.gateway.close();
  }

  create(body: object, token = this.owner): Promise<Answer> {
    return this.gateway.request('POST', PATH, { token, body });
  }

  async created(body: object = {}, token = this.owner): Promise<Webhook> {
    const answer = await this.create({ url: URL, events: ['*'], ...body }, token);
    expect(answer).toMatchObject({ status: 201 });
    return answer.body as Webhook;
  }

  patch(id: string, body: object, token = this.owner): Promise<Answer> {
    return this.gateway.request('PATCH', `${PATH}/${id}`, { token, body });
  }

  async patched(id: string, body: object, token = this.owner): Promise<Webhook> {
    const answer = await this.patch(id, body, token);
    expect(answer).toMatchObject({ status: 200 });
    return answer.body as Webhook;
  }

  async shown(id: string, token = this.owner): Promise<Webhook> {
    const answer = await this.gateway.request('GET', `${PATH}/${id}`, { token });
    expect(answer).toMatchObject({ status: 200 });
    return answer.body as Webhook;
  }

  async listed(token: string): Promise<string[]> {
    const { body } = await this.gateway.request('GET', PATH, { token });
    return (body as { data: Webhook[] }).data.map(({ id }) => id);
  }

  async session(token = this.owner): Promise<string> {
    const { body } = await this.gateway.request('POST', '/api/v1/sessions', { token, body: {} });
    return (body as { id: string }).id;
  }

  async stored(id: string): Promise<WebhookConfiguration> {
    const configuration = await this.gateway.app.get(WebhookRepository).configurationOf(id);
    if (!configuration) throw new Error('there is no such webhook');
    return configuration;
  }

  query(text: string, values: unknown[]): Promise<unknown> {
    return this.gateway.app.get(Database).dataSource.query(text, values);
  }
}

/** A 400 that names these. */
export function fields(...paths: string[]): object {
  return {
    status: 400,
    body: {
      error: { code: 'validation_error', details: { fields: paths.map((path) => expect.objectContaining({ path })) } },
    },
  };
}

export const conflict = (reason: string): object => ({
  status: 409,
  body: { error: { code: 'conflict', details: { reason } } },
});
