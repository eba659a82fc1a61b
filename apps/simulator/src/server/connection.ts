import { randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { RawData, WebSocket } from 'ws';
import {
  decodePlaintext,
  encodePlaintext,
  frame,
  FrameReader,
  NoiseResponder,
  type NoiseCipher,
  type ServerIdentity,
  type StanzaNode,
} from '../wire/index.js';
import type { Device } from './device.js';

export interface ConnectionEvents {
  /** The handshake is done: who the client says it is. */
  identified(connection: Connection, payload: proto.ClientPayload): void;
  stanza(connection: Connection, stanza: StanzaNode): void;
  closed(connection: Connection): void;
}

export interface ConnectionSettings {
  identity: ServerIdentity;
  /** What to show in the handshake; `garbage` answers the hello with noise of another kind. */
  certificates: () => Buffer | 'garbage';
  compressAbove: () => number;
}

const GARBAGE_BYTES = 64;

/** One websocket from a companion device: handshake first, stanzas afterwards. */
export class Connection {
  /** Set by a login. */
  device?: Device;
  /** The phone number that it logged in as, or asked a pairing code for. */
  phone?: string;
  /** The client's static Noise key, known after the handshake. */
  clientStatic: Buffer = Buffer.alloc(0);
  /** A muted connection reads, and says nothing. */
  muted = false;
  private readonly frames = new FrameReader();
  private readonly responder: NoiseResponder;
  private state: 'hello' | 'finish' | 'open' | 'closed' = 'hello';
  private incoming?: NoiseCipher;
  private outgoing?: NoiseCipher;

  constructor(
    private readonly socket: WebSocket,
    private readonly settings: ConnectionSettings,
    private readonly events: ConnectionEvents,
  ) {
    this.responder = new NoiseResponder(settings.identity.staticKey);
    socket.on('message', (data) => this.receive(data));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.state = 'closed';
      events.closed(this);
    });
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  send(stanza: StanzaNode): void {
    if (this.state !== 'open' || this.muted || this.outgoing === undefined) return;
    const plaintext = encodePlaintext(stanza, this.settings.compressAbove());
    this.socket.send(frame(this.outgoing.encrypt(plaintext)));
  }

  /** A frame that no key decrypts. */
  sendGarbage(): void {
    this.socket.send(frame(randomBytes(GARBAGE_BYTES)));
  }

  /** Says goodbye as websockets do. */
  end(): void {
    this.state = 'closed';
    this.socket.close();
  }

  /** The line is cut. */
  drop(): void {
    this.state = 'closed';
    this.socket.terminate();
  }

  /** Reads nothing more, the closing handshake included: a peer that is gone without a word. */
  freeze(): void {
    this.socket.pause();
  }

  thaw(): void {
    this.socket.resume();
  }

  private receive(data: RawData): void {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    const frames = this.unlessForeign(() => this.frames.push(bytes)) ?? [];
    for (const payload of frames) this.receiveFrame(payload);
  }

  private receiveFrame(payload: Buffer): void {
    const { incoming } = this;
    if (this.state === 'hello') this.unlessForeign(() => this.answerHello(payload));
    else if (this.state === 'finish') this.finishHandshake(payload);
    else if (this.state === 'open' && incoming !== undefined) {
      const stanza = this.unlessForeign(() => decodePlaintext(incoming.decrypt(payload)));
      if (stanza !== undefined) this.events.stanza(this, stanza);
    }
  }

  /** Bytes that no WhatsApp client sends, or a key that does not match: the server hangs up without a word. */
  private unlessForeign<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch {
      this.drop();
      return undefined;
    }
  }

  private answerHello(hello: Buffer): void {
    const certificates = this.settings.certificates();
    this.state = 'finish';
    if (certificates === 'garbage') return this.sendGarbage();
    this.socket.send(frame(this.responder.answer(hello, certificates)));
  }

  private finishHandshake(message: Buffer): void {
    const established = this.unlessForeign(() => this.responder.finish(message));
    if (established === undefined) return;
    const payload = this.unlessForeign(() => proto.ClientPayload.decode(established.clientPayload));
    if (payload === undefined) return;
    this.clientStatic = established.clientStatic;
    this.incoming = established.incoming;
    this.outgoing = established.outgoing;
    this.state = 'open';
    this.events.identified(this, payload);
  }
}
