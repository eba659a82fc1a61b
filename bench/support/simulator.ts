import { call } from './http.js';
import { Program, type ProgramOptions } from './program.js';
import { until } from './wait.js';

/** Credentials of a linked device, in the notation that Baileys keeps binary in. */
export interface LinkedDevice {
  creds: { me: { id: string; lid: string } };
  /** By kind, then by id. */
  keys: Record<string, Record<string, unknown>>;
}

export interface GroupOptions {
  subject: string;
  participants: readonly string[];
}

interface Account {
  phone: string;
  logins: number;
  devices: { jid: string }[];
}

const MOST_ACCOUNTS = 100_000;

/** The local WhatsApp in a process of its own, driven over its control API. */
export class SimulatorProcess extends Program {
  private constructor(options: ProgramOptions) {
    super(options);
  }

  private addresses = { url: '', rootKey: '', control: '' };

  static async start(options: ProgramOptions): Promise<SimulatorProcess> {
    const simulator = new SimulatorProcess(options);
    simulator.addresses = await until('the simulator', () => {
      simulator.assertRunning();
      const [, url, rootKey, control] =
        /^WHATSAPP_URL=(.+)\nWHATSAPP_ROOT_KEY=(.+)\ncontrol API: (.+)$/m.exec(simulator.output) ?? [];
      return url && rootKey && control ? { url, rootKey, control } : undefined;
    });
    return simulator;
  }

  get url(): string {
    return this.addresses.url;
  }

  get rootKey(): string {
    return this.addresses.rootKey;
  }

  async createAccounts(phones: readonly string[]): Promise<void> {
    for (const phone of phones) await this.post('/accounts', { phone });
  }

  /** As `phone`. Returns the group's JID. */
  async createGroup(phone: string, group: GroupOptions): Promise<string> {
    return (await this.post<{ jid: string }>('/groups', { phone, ...group })).jid;
  }

  /** In a group, as `phone`. */
  async act(
    groupJid: string,
    action: 'add' | 'remove' | 'promote' | 'demote',
    phone: string,
    participants: readonly string[],
  ): Promise<void> {
    await this.post(`/groups/${groupJid}/${action}`, { phone, participants });
  }

  provision(phone: string): Promise<LinkedDevice> {
    return this.post<LinkedDevice>('/provision', { phone });
  }

  /** How many queries devices (of one account, if named) have sent so far, not counting keep-alive pings. */
  async queries(phone?: string): Promise<number> {
    const who = phone === undefined ? '' : `&phone=${phone}`;
    const [all, pings] = await Promise.all([this.count(`tag=iq${who}`), this.count(`tag=iq&xmlns=w:p${who}`)]);
    return all - pings;
  }

  /** How often the account has logged in, or tried to. */
  async logins(phone: string): Promise<number> {
    const { accounts } = await this.accounts();
    return accounts.find((account) => account.phone === phone)?.logins ?? 0;
  }

  /** JIDs of the devices that are linked. */
  async linkedDevices(): Promise<string[]> {
    const { accounts } = await this.accounts();
    return accounts.flatMap(({ devices }) => devices.map(({ jid }) => jid)).sort();
  }

  /** From here on the account is taken over by another connection at every login. */
  async replaceAtEveryLogin(phone: string): Promise<void> {
    await this.post('/faults', { fault: 'conflictOnLogin', phone, times: 'forever' });
  }

  /** Cuts the account's connections. */
  async drop(phone: string): Promise<void> {
    await this.post('/drop', { phone });
  }

  async goOffline(): Promise<void> {
    await this.post('/offline', {});
  }

  async goOnline(): Promise<void> {
    await this.post('/online', {});
  }

  private accounts(): Promise<{ accounts: Account[] }> {
    return call<{ accounts: Account[] }>(
      'GET',
      `${this.addresses.control}/accounts?linked=true&limit=${MOST_ACCOUNTS}`,
    );
  }

  private async count(filter: string): Promise<number> {
    return (await call<{ count: number }>('GET', `${this.addresses.control}/log?${filter}`)).count;
  }

  private post<T>(path: string, body: unknown): Promise<T> {
    return call<T>('POST', this.addresses.control + path, { body });
  }
}

/** `count` phone numbers, all different for different `series` (1 to 99). */
export function phoneNumbers(series: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(628_100_000_000 + series * 100_000 + index));
}
