interface Failure {
  error?: { message?: string };
}

/** The few calls that the demo makes of the gateway, as any client would. */
export class GatewayApi {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    if (!response.ok) {
      const { error } = answer as Failure;
      throw new Error(`${method} ${path}: ${response.status} ${error?.message ?? ''}`);
    }
    return answer as T;
  }
}
