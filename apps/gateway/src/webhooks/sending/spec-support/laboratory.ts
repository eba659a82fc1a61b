import { AddressRules } from '../address-rules.js';
import { type ConnectionOptions, Connections } from '../connections.js';
import { nameResolver } from '../resolve-name.js';
import type { Limits } from '../exchange.js';
import { LIMITS, WebhookSender } from '../webhook-sender.js';
import { RawEndpoint } from './raw-endpoint.js';
import { Receiver, type ReceiverOptions } from './receiver.js';

export interface SenderOptions extends Partial<Omit<ConnectionOptions, 'rules'>> {
  /** Loopback unless said otherwise. */
  allowPrivate?: string[];
  limits?: Partial<Limits>;
}

/** Endpoints and senders that are gone after the test. */
export class Laboratory {
  private endings: (() => unknown)[] = [];

  async receiver(options?: ReceiverOptions): Promise<Receiver> {
    const receiver = await Receiver.start(options);
    this.endings.push(() => receiver.stop());
    return receiver;
  }

  async raw(serve: Parameters<typeof RawEndpoint.start>[0]): Promise<RawEndpoint> {
    const endpoint = await RawEndpoint.start(serve);
    this.endings.push(() => endpoint.stop());
    return endpoint;
  }

  sender(options: SenderOptions = {}): WebhookSender {
    return this.senderOver(this.connections(options), options);
  }

  senderOver(connections: Connections, { limits }: SenderOptions = {}): WebhookSender {
    const sender = new WebhookSender(connections, { ...LIMITS, ...limits });
    this.endings.push(() => sender.onApplicationShutdown());
    return sender;
  }

  connections({ allowPrivate = ['127.0.0.0/8', '::1'], ...options }: SenderOptions = {}): Connections {
    return new Connections({
      rules: new AddressRules(allowPrivate),
      resolve: nameResolver({ ownNames: true }),
      ...options,
    });
  }

  async close(): Promise<void> {
    const endings = this.endings.reverse();
    this.endings = [];
    for (const end of endings) await end();
  }
}
