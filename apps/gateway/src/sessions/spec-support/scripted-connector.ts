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

  requestPairingCode(): Promise<never> {
    return Promise.reject(new Error('no code was scripted'));
  }

  logout(): Promise<void> {
    return this.close();
  }

  close(): Promise<void> {
    this.end('closed');
    return Promise.resolve();
  }
}

export class ScriptedConnector extends WhatsAppConnector {
  readonly connections: ScriptedConnection[] = [];

  connect(_: HeldLease, listener: ConnectionListener): ScriptedConnection {
    const connection = new ScriptedConnection(listener);
    this.connections.push(connection);
    return connection;
  }

  isPaired(): Promise<boolean> {
    return Promise.resolve(false);
  }
}
