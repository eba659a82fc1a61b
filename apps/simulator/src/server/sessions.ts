import type { proto } from '@whiskeysockets/baileys';
import type { Faults } from '../faults/index.js';
import { Companion, type Linking } from '../pairing/index.js';
import type { Messages } from '../messages/index.js';
import type { World } from '../world/index.js';
import { node, type StanzaNode } from '../wire/index.js';
import type { Connection, ConnectionEvents } from './connection.js';
import type { Device } from './device.js';
import type { DeviceRegistry } from './device-registry.js';
import { errorAnswer, type Router } from './router.js';
import { Signal } from './signal.js';
import type { StanzaLog } from './stanza-log.js';
import { endStream, refuseLogin } from './stream.js';

const BAD_REQUEST = 400;
const LOGGED_OUT = 401;
const CLIENT_TOO_OLD = 405;

/** What happens on connections: logins, and stanzas on their way to whoever answers them. */
export class Sessions implements ConnectionEvents {
  private readonly attempts = new Map<string, number>();
  private readonly timers = new Set<NodeJS.Timeout>();
  /** Phone numbers of those who try to log in, before it is known whether they may. */
  readonly attempted = new Signal<string>();
  readonly loggedIn = new Signal<Device>();

  constructor(
    private readonly world: World,
    private readonly devices: DeviceRegistry,
    private readonly linking: Linking,
    private readonly router: Router,
    private readonly faults: Faults,
    private readonly log: StanzaLog,
    private readonly messages: Messages,
  ) {}

  /** Login attempts of an account so far, refused ones included. */
  logins(phone: string): number {
    return this.attempts.get(phone) ?? 0;
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  identified(connection: Connection, payload: proto.ClientPayload): void {
    if (!this.isRecent(payload)) return refuseLogin(connection, CLIENT_TOO_OLD);
    if (payload.devicePairingData) this.offerLinking(connection, payload.devicePairingData);
    else this.login(connection, String(payload.username), payload.device ?? 0);
  }

  stanza(connection: Connection, stanza: StanzaNode): void {
    this.log.record(connection.phone, stanza);
    if (connection.muted) return;
    const fault = this.faults.forStanza(connection.phone, stanza);
    switch (fault?.kind) {
      case 'silence':
        return;
      case 'close':
        return connection.drop();
      case 'error':
        return connection.send(errorAnswer(stanza, fault.code, fault.text, fault));
      case 'nack':
        return this.acknowledge(connection, stanza, fault.code);
      case 'delay':
        return this.later(fault.ms, () => this.act(connection, stanza, true));
      case 'hold':
        return void fault.released.then(() => this.act(connection, stanza, true));
      case 'actThenSilence':
        return this.act(connection, stanza, false);
      case 'actThenClose':
        this.act(connection, stanza, false);
        return connection.drop();
      default:
        return this.act(connection, stanza, true);
    }
  }

  closed(connection: Connection): void {
    connection.device?.detach(connection, this.world.switches.redeliverUnacknowledged);
    this.linking.ended(connection);
  }

  private login(connection: Connection, phone: string, deviceId: number): void {
    this.attempts.set(phone, this.logins(phone) + 1);
    connection.phone = phone;
    connection.muted = this.faults.isMuted(phone);
    this.attempted.emit(phone);
    const failure = this.faults.forLogin('fail', phone);
    if (failure?.kind === 'fail') return refuseLogin(connection, failure.reason);
    const device = this.deviceOf(connection, phone, deviceId);
    if (device === undefined) return refuseLogin(connection, LOGGED_OUT);
    const previous = device.attach(connection, this.world.switches.redeliverUnacknowledged);
    if (previous !== undefined) endStream(previous, 'replaced');
    connection.device = device;
    connection.send(
      node('success', { t: this.world.now(), lid: device.lid, location: 'sim', display_name: device.account.name }),
    );
    if (this.faults.forLogin('conflict', phone) !== undefined) return endStream(connection, 'replaced');
    this.loggedIn.emit(device);
  }

  /** The device that the client says it is, if it holds the Noise key that was linked. */
  private deviceOf(connection: Connection, phone: string, deviceId: number): Device | undefined {
    const account = this.world.directory.find(phone);
    const device = account && this.devices.find(account, deviceId);
    return device?.keys.noise.equals(connection.clientStatic) ? device : undefined;
  }

  private offerLinking(connection: Connection, keys: proto.ClientPayload.IDevicePairingRegistrationData): void {
    const failure = this.faults.forLogin('fail');
    if (failure?.kind === 'fail') return refuseLogin(connection, failure.reason);
    const companion = Companion.from(connection, keys, this.world.switches.pairingReferences);
    if (companion === undefined) return refuseLogin(connection, BAD_REQUEST);
    this.linking.begin(companion);
  }

  private isRecent({ userAgent }: proto.ClientPayload): boolean {
    const { primary = 0, secondary = 0, tertiary = 0 } = userAgent?.appVersion ?? {};
    const shown = [primary ?? 0, secondary ?? 0, tertiary ?? 0];
    for (const [index, oldest] of this.world.switches.oldestVersion.entries()) {
      const part = shown[index] ?? 0;
      if (part !== oldest) return part > oldest;
    }
    return true;
  }

  private act(connection: Connection, stanza: StanzaNode, answered: boolean): void {
    const { device } = connection;
    if (device === undefined) return this.linking.handle(connection, stanza);
    const { id, type } = stanza.attrs;
    switch (stanza.tag) {
      case 'iq':
        if (type === 'get' || type === 'set' || type === undefined) {
          this.router.handle(connection, device, stanza, answered);
        }
        return;
      case 'ack':
        return device.acknowledge(id ?? '');
      case 'message':
        void this.messages.deliver(device, stanza).then(() => {
          if (answered) this.acknowledge(connection, stanza);
        });
        return;
      case 'receipt':
        if (answered) this.acknowledge(connection, stanza);
        return;
      default:
        return;
    }
  }

  /** `error`: the code with which it is refused. */
  private acknowledge(connection: Connection, { tag, attrs }: StanzaNode, error?: number): void {
    connection.send(node('ack', { class: tag, id: attrs.id, from: attrs.to, t: this.world.now(), error }));
  }

  private later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, ms);
    this.timers.add(timer);
  }
}
