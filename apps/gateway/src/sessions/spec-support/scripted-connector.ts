import {
  WhatsAppConnection,
  WhatsAppConnector,
  type AccountIdentity,
  type CloseReason,
  type ConnectionListener,
  type HeldLease,
  type WhatsAppClient,
} from '#whatsapp';

export const ACCOUNT: AccountIdentity = { waJid: '6281@s.whatsapp.net', phoneNumber: '6281' };

/** A connection that does what a spec tells it to. */
export class ScriptedConnection extends WhatsAppConnection {
  readonly client = {} as WhatsAppClient;
  isClosed = false;
  isLoggedOut = false;
  private gate?: Promise<void>;

  constructor(readonly listener: ConnectionListener) {
    super();
  }

  open(): void {
    this.listener.open(ACCOUNT);
  }

  end(kind: CloseReason['kind']): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.listener.closed({ kind, message: kind });
  }

  /** From here on closing takes until what this returns is called. */
  holdClosing(): () => void {
    let release: () => void = () => undefined;
    this.gate = new Promise((resolve) => (release = resolve));
    return release;
  }

  requestPairingCode(): Promise<{ code: string; expiresAt: number }> {
    return Promise.reject(new Error('no code was scripted'));
  }

  logout(): Promise<void> {
    this.isLoggedOut = true;
    return this.close();
  }

  async close(): Promise<void> {
    if (this.gate) await this.gate;
    this.end('closed');
  }
}

export class ScriptedConnector extends WhatsAppConnector {
  readonly connections: ScriptedConnection[] = [];
  /** What looking at the stored credentials comes to. */
  paired: () => Promise<boolean> = () => Promise.resolve(false);

  connect(_: HeldLease, listener: ConnectionListener): ScriptedConnection {
    const connection = new ScriptedConnection(listener);
    this.connections.push(connection);
    return connection;
  }

  isPaired(): Promise<boolean> {
    return this.paired();
  }
}
