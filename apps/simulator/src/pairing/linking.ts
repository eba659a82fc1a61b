import { SigningKey, bytesOf, child, node, text, textOf, type StanzaNode } from '../wire/index.js';
import { WorldError, type Account, type World } from '../world/index.js';
import type { Connection } from '../server/connection.js';
import type { Device } from '../server/device.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import { endStream } from '../server/stream.js';
import type { AccountKeys } from './account-keys.js';
import { isAcceptedByDevice, sealIdentity, signIdentity, type SignedIdentity } from './adv.js';
import type { Companion } from './companion.js';
import { CodeExchange } from './pairing-code.js';
import { readQr } from './qr.js';

export type ForgedIdentity = 'adv' | 'hmac';

const ANSWER_MS = 10_000;

/** Takes companion devices in: by the QR code that they show, or by a code that is typed on the phone. */
export class Linking {
  private readonly companions = new Map<Connection, Companion>();

  constructor(
    private readonly world: World,
    private readonly devices: DeviceRegistry,
    private readonly keys: AccountKeys,
    /** Which signature to forge for the next identity, if any. */
    private readonly forgery: () => ForgedIdentity | undefined,
  ) {}

  begin(companion: Companion): void {
    this.companions.set(companion.connection, companion);
    companion.offerRefs();
  }

  ended(connection: Connection): void {
    this.companions.get(connection)?.ended();
    this.companions.delete(connection);
  }

  /** The phone scans what a device shows. Resolves when the device has signed; throws a `RangeError` for a stale code. */
  async scanQr(account: Account, qr: string): Promise<Device> {
    const { ref, noiseKey, identityKey, advSecret } = readQr(qr);
    const companion = [...this.companions.values()].find(({ refs }) => refs.includes(ref));
    if (companion === undefined) throw new RangeError('qr: no device shows this code (any more)');
    const genuine = companion.connection.clientStatic.equals(noiseKey) && companion.identityKey.equals(identityKey);
    if (!genuine) throw new RangeError('qr: the keys are not those of the device that shows it');
    return this.link(companion, account, advSecret);
  }

  /** The code is typed on the phone. Rejects when it is not the one that the device shows. */
  async enterCode(account: Account, code: string): Promise<Device> {
    const waiting = [...this.companions.values()].filter(({ exchange }) => exchange?.phone === account.phone);
    const companion = waiting.at(-1);
    const exchange = companion?.exchange;
    if (companion === undefined || exchange === undefined) {
      throw new RangeError(`code: no device asked for a pairing code for ${account.phone}`);
    }
    const wrapped = await exchange.enter(code.replaceAll('-', ''));
    const secret = exchange.secret();
    const content = [
      node('link_code_pairing_ref', {}, text(exchange.ref)),
      node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrapped),
      node('primary_identity_pub', {}, this.keys.of(account).public),
    ];
    companion.connection.send(
      node(
        'notification',
        { from: 's.whatsapp.net', type: 'link_code_companion_reg', id: exchange.ref, t: this.world.now() },
        [node('link_code_companion_reg', { stage: 'primary_hello' }, content)],
      ),
    );
    return this.link(companion, account, await this.within(companion, secret));
  }

  /** A stanza from a device that is not linked yet. */
  handle(connection: Connection, stanza: StanzaNode): void {
    const companion = this.companions.get(connection);
    if (companion === undefined || stanza.tag !== 'iq') return;
    const { type, id } = stanza.attrs;
    if (type === 'result') return companion.answer(stanza);
    const request = child(stanza, 'link_code_companion_reg');
    try {
      const content = request === undefined ? undefined : this.exchange(companion, request);
      connection.send(node('iq', { from: 's.whatsapp.net', type: 'result', id }, content));
    } catch (error) {
      if (!(error instanceof WorldError)) throw error;
      const refusal = node('error', { code: error.code, text: error.text });
      connection.send(node('iq', { from: 's.whatsapp.net', type: 'error', id }, [refusal]));
    }
  }

  private exchange(companion: Companion, request: StanzaNode): StanzaNode[] | undefined {
    const { stage, jid = '' } = request.attrs;
    const account = this.world.directory.find(jid);
    if (account === undefined) throw WorldError.badRequest();
    if (stage === 'companion_hello') {
      const wrapped = bytesOf(child(request, 'link_code_pairing_wrapped_companion_ephemeral_pub'));
      if (wrapped === undefined) throw WorldError.badRequest();
      companion.connection.phone = account.phone;
      companion.exchange = new CodeExchange(account.phone, wrapped);
      const ref = node('link_code_pairing_ref', {}, text(companion.exchange.ref));
      return [node('link_code_companion_reg', { stage: 'companion_hello' }, [ref])];
    }
    const bundle = bytesOf(child(request, 'link_code_pairing_wrapped_key_bundle'));
    const known = textOf(child(request, 'link_code_pairing_ref')) === companion.exchange?.ref;
    if (stage !== 'companion_finish' || bundle === undefined || !known) throw WorldError.badRequest();
    const fits = companion.exchange?.finish(bundle, companion.identityKey, this.keys.of(account));
    if (fits !== true) throw WorldError.badRequest();
    return undefined;
  }

  private async link(companion: Companion, account: Account, secret: Buffer): Promise<Device> {
    const { connection, identityKey } = companion;
    const id = this.devices.reserveId(account);
    const forgery = this.forgery();
    const signer = forgery === 'adv' ? new SigningKey() : undefined;
    const identity = signIdentity(this.keys.of(account), identityKey, id, signer);
    const accepted = new Promise<StanzaNode>((resolve) => {
      const content = [
        node('device-identity', {}, sealIdentity(identity, secret, forgery === 'hmac')),
        node('platform', { name: 'android' }),
        node('device', { jid: `${account.phone}:${id}@s.whatsapp.net`, lid: `${account.lid}:${id}@lid` }),
      ];
      companion.query([node('pair-success', {}, content)], resolve);
    });
    this.requireSigned(companion, identity, await this.within(companion, accepted));
    const device = this.devices.link(account, id, { noise: connection.clientStatic, identity: identityKey });
    endStream(connection, 'restart_required');
    return device;
  }

  private requireSigned({ connection, identityKey }: Companion, identity: SignedIdentity, answer: StanzaNode): void {
    const signed = bytesOf(child(child(answer, 'pair-device-sign'), 'device-identity'));
    if (signed !== undefined && isAcceptedByDevice(identity, signed, identityKey)) return;
    endStream(connection, 'device_removed');
    throw new Error('the device did not sign its identity with its own key');
  }

  /** The device has to answer in time, and stay. */
  private async within<T>(companion: Companion, answer: Promise<T>): Promise<T> {
    let stop = (): void => undefined;
    const ended = new Promise<never>((_resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the device did not answer')), ANSWER_MS);
      const forget = companion.onEnd(reject);
      stop = () => {
        clearTimeout(timer);
        forget();
      };
    });
    return Promise.race([answer, ended]).finally(stop);
  }
}
