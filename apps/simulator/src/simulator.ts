import { ControlServer } from './control/index.js';
import { Faults } from './faults/index.js';
import { Messages } from './messages/index.js';
import { AccountKeys, Linking, provisionDevice } from './pairing/index.js';
import type { Connection } from './server/connection.js';
import type { Device } from './server/device.js';
import { DeviceRegistry } from './server/device-registry.js';
import { unlinkingHandler } from './server/unlinking.js';
import { Listener } from './server/listener.js';
import { Notifications } from './server/notifications.js';
import { pictureHandler } from './server/picture-queries.js';
import { Router } from './server/router.js';
import { Sessions } from './server/sessions.js';
import { StanzaLog } from './server/stanza-log.js';
import { endStream } from './server/stream.js';
import { encryptHandler } from './server/encrypt-queries.js';
import { usyncHandler } from './server/usync.js';
import { SimulatedPhone } from './simulated-phone.js';
import { ServerIdentity } from './wire/index.js';
import { World, type Account, type AccountInput, type Switches } from './world/index.js';

export interface SimulatorOptions {
  /** 0 (the default): any free one. */
  port?: number;
  /** 127.0.0.1 unless said. */
  host?: string;
  /** Absent: no control API; 0: on any free port. */
  controlPort?: number;
  /** 127.0.0.1 unless said: whoever reaches the control API owns this WhatsApp. */
  controlHost?: string;
  /** 32 bytes from which the root of the certificate chain is made; random when absent. */
  rootSeed?: Uint8Array;
  switches?: Partial<Switches>;
}

const LOOPBACK = '127.0.0.1';

/** A local WhatsApp that an unpatched Baileys links to and uses. State is in memory and ends with it. */
export class Simulator {
  readonly world: World;
  readonly faults: Faults;
  readonly log = new StanzaLog();
  private readonly identity: ServerIdentity;
  private readonly devices = new DeviceRegistry();
  private readonly keys = new AccountKeys();
  private readonly messages: Messages;
  private readonly linking: Linking;
  private readonly sessions: Sessions;
  private readonly listener: Listener;
  private control?: ControlServer;
  private readonly phones = new Map<Account, SimulatedPhone>();

  private constructor(options: SimulatorOptions) {
    this.identity = new ServerIdentity(options.rootSeed);
    this.world = new World(options.switches === undefined ? {} : { switches: options.switches });
    this.faults = new Faults(this.world, (phone) => this.connectionsOf(phone));
    this.linking = new Linking(this.world, this.devices, this.keys, () => this.faults.forgery('adv', 'hmac'));
    this.messages = new Messages(this.world, this.keys);
    const router = new Router(this.world, {
      md: unlinkingHandler(this.world, (device) => this.unlink(device), this.devices),
      usync: usyncHandler(this.world, this.devices),
      'w:profile:picture': pictureHandler(this.world, (id) => this.listener.pictureUrl(id)),
      encrypt: encryptHandler(this.world, this.devices, this.messages),
    });
    this.sessions = new Sessions(this.world, this.devices, this.linking, router, this.faults, this.log, this.messages);
    const settings = {
      identity: this.identity,
      certificates: () => this.certificates(),
      compressAbove: () => this.world.switches.compressAbove,
    };
    const picture = (id: string): Uint8Array | undefined => this.world.pictures.find(id)?.image;
    this.listener = new Listener(settings, this.sessions, this.faults, picture);
    new Notifications(this.world, this.devices);
  }

  static async start(options: SimulatorOptions = {}): Promise<Simulator> {
    const simulator = new Simulator(options);
    await simulator.listener.listen(options.port ?? 0, options.host ?? LOOPBACK);
    if (options.controlPort !== undefined) await simulator.openControl(options.controlPort, options.controlHost);
    return simulator;
  }

  /** For Baileys' `waWebSocketUrl`. */
  get url(): string {
    return this.listener.url;
  }

  /** Of the HTTP control API, if there is one. */
  get controlUrl(): string | undefined {
    return this.control?.url;
  }

  /** Hex of the 32-byte public key that the certificate chain ends in. */
  get rootKey(): string {
    return this.identity.rootKey;
  }

  /** Throws a `RangeError` naming the field that is wrong or taken. */
  createAccount(input: AccountInput): SimulatedPhone {
    return this.phoneOf(this.world.directory.create(input));
  }

  /** By phone number (digits), phone JID or LID. Throws a `RangeError` when nobody has it. */
  phone(address: string): SimulatedPhone {
    const account = this.world.directory.find(address);
    if (account === undefined) throw new RangeError(`phone: ${address} is not on WhatsApp`);
    return this.phoneOf(account);
  }

  /** Open websockets. */
  connections(): number {
    return this.listener.connections.size;
  }

  /** Login attempts so far, refused ones included. */
  logins(phone: string): number {
    return this.sessions.logins(phone);
  }

  /** Resolves at the next login attempt of an account, a refused one included. */
  nextLogin(phone: string): Promise<void> {
    return this.sessions.attempted.next((who) => who === phone);
  }

  /** WhatsApp is away: every line is cut and new ones are refused. The world stays as it is. */
  async goOffline(): Promise<void> {
    await this.listener.close();
  }

  /** And back, at the same address. */
  async goOnline(): Promise<void> {
    await this.listener.reopen();
  }

  async stop(): Promise<void> {
    this.sessions.stop();
    await Promise.all([this.listener.close(), this.control?.close()]);
    this.messages.close();
  }

  private async openControl(port: number, host = LOOPBACK): Promise<void> {
    const control = new ControlServer(this);
    await control.listen(port, host);
    this.control = control;
  }

  private phoneOf(account: Account): SimulatedPhone {
    const known = this.phones.get(account);
    if (known !== undefined) return known;
    const phone = new SimulatedPhone(account, {
      world: this.world,
      linking: this.linking,
      devicesOf: (owner) => this.devices.of(owner),
      provision: (owner) => provisionDevice(owner, this.devices, this.keys),
      unlink: (device) => this.unlink(device),
      inboxOf: (owner) => this.messages.inboxOf(owner),
      nextLogin: (owner) => this.sessions.loggedIn.next(({ account: who }) => who === owner),
    });
    this.phones.set(account, phone);
    return phone;
  }

  private unlink(device: Device): void {
    this.devices.unlink(device);
    if (device.connected !== undefined) endStream(device.connected, 'device_removed');
  }

  private connectionsOf(phone?: string): Connection[] {
    return [...this.listener.connections].filter((connection) => phone === undefined || connection.phone === phone);
  }

  private certificates(): Buffer | 'garbage' {
    const forged = this.faults.forgery('leaf', 'intermediate', 'serverHello');
    if (forged === undefined) return this.identity.certificates;
    return forged === 'serverHello' ? 'garbage' : this.identity.forgedCertificates(forged);
  }
}
