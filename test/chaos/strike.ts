import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../bench/support/wait.js';
import type { Rig } from './rig.js';
import type { Doom, Fault, Phase } from './schedule.js';

/** The start of a process, and a connection for every session, on a machine that has other work. */
const RECOVERY_MS = 30_000;
const GROUP_CHANGES = { xmlns: 'w:g2', type: 'set' } as const;
/** For what is read from outside while much else goes on. */
const PATIENCE = { everyMs: 200, timeoutMs: 15_000 };
/** What the session of an account says once WhatsApp has ended it. */
export const VERDICTS: Record<Doom, { status: string; statusReason: string }> = {
  replaced: { status: 'failed', statusReason: 'replaced' },
  device_removed: { status: 'logged_out', statusReason: 'device_removed' },
  banned: { status: 'failed', statusReason: 'banned' },
};

/** An account that WhatsApp ended, and how often it had logged in by then. */
export interface Doomed {
  phone: string;
  by: Doom;
  logins: number;
}

/** Carries a schedule out. */
export class Striker {
  readonly counts = new Map<string, number>();
  readonly doomed: Doomed[] = [];
  /** Accounts whose connection WhatsApp left silent, and that did nothing about it. */
  readonly unnoticed: string[] = [];
  /** From the end of each phase until every session was connected. */
  readonly recoveriesMs: number[] = [];
  /** What could not be carried out, for the gateway was not as it should have been. */
  readonly failures: string[] = [];

  private takingOver: Promise<void> = Promise.resolve();
  /** How many that are under way have WhatsApp be away: it is back when the last one is over. */
  private outages = 0;

  constructor(private readonly rig: Rig) {}

  /** Phase after phase. Every session has to come back from each before the next begins. */
  async run(phases: readonly Phase[]): Promise<void> {
    for (const phase of phases) {
      await this.runPhase(phase);
      const overAt = this.rig.now;
      const ended = this.doomed.map(({ phone }) => this.rig.session(phone));
      this.failures.push(...(await this.rig.settled(RECOVERY_MS, ended)));
      this.recoveriesMs.push(Math.round(this.rig.now - overAt));
    }
  }

  private async runPhase(phase: Phase): Promise<void> {
    const startedAt = this.rig.now;
    const all = phase.map(async ({ at, fault }) => {
      await delay(Math.max(0, startedAt + at - this.rig.now));
      this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
      await this.strike(fault).catch((error: unknown) => this.failures.push(`${fault.kind}: ${String(error)}`));
    });
    await Promise.all(all);
    // What was planned and met nothing.
    this.rig.world.simulator.faults.clear();
  }

  private async strike(fault: Fault): Promise<void> {
    const { gateway, postgres, world } = this.rig;
    const { faults } = world.simulator;
    switch (fault.kind) {
      case 'kill':
        return gateway.kill();
      case 'freeze':
        return gateway.freeze(fault.forMs);
      case 'takeover':
        this.takingOver = gateway.takeover(() => postgres.restart('immediate'));
        return this.takingOver;
      case 'database':
        // Of two processes that both lost the lock either may get it; which of them has to give way would be open.
        await this.takingOver;
        return postgres.restart(fault.how);
      case 'drop':
        return this.each(fault.accounts, (phone) => faults.dropAll(phone));
      case 'offline':
        return this.offline(fault.forMs);
      case 'refuse': {
        const refusal = faults.refuseUpgrade(fault.status, { times: Infinity });
        await delay(fault.forMs);
        return refusal.cancel();
      }
      case 'hang':
        return void faults.hangUpgrade({ times: fault.times });
      case 'silence':
        return this.silence(fault.accounts, fault.forMs);
      case 'stream':
        return this.each(fault.accounts, (phone) => faults.streamError(phone, fault.error));
      case 'login':
        return this.each(fault.accounts, (phone) => {
          faults.failOnLogin(phone, fault.reason);
          faults.dropAll(phone);
        });
      case 'garbage':
        return this.each(fault.accounts, (phone) => faults.garbage(phone));
      case 'query':
        for (const child of ['add', 'remove']) {
          faults[fault.action]({ ...GROUP_CHANGES, child }, { times: fault.times });
        }
        return;
      case 'doom':
        return this.doom(fault.account, fault.by);
    }
  }

  private each(accounts: readonly number[], strike: (phone: string) => void): void {
    for (const account of accounts) strike(this.rig.world.account(account).number);
  }

  private async offline(forMs: number): Promise<void> {
    const { simulator } = this.rig.world;
    this.outages += 1;
    await simulator.goOffline();
    await delay(forMs);
    this.outages -= 1;
    if (this.outages === 0) await simulator.goOnline();
  }

  /** Connections that are up fall silent; a gateway that looks at its traffic tries new ones, which are silent as well. */
  private async silence(accounts: readonly number[], forMs: number): Promise<void> {
    const until = this.rig.now + forMs;
    const { simulator } = this.rig.world;
    const phones = accounts.map((account) => this.rig.world.account(account));
    const silent = phones.map(async (phone) => {
      await phone.connected();
      simulator.faults.mute(phone.number);
      const logins = simulator.logins(phone.number);
      await delay(until - this.rig.now);
      if (simulator.logins(phone.number) === logins) this.unnoticed.push(phone.number);
      simulator.faults.unmute(phone.number);
      simulator.faults.dropAll(phone.number);
    });
    await Promise.all(silent);
  }

  /** WhatsApp ends the session for good. Resolves when the gateway says so. */
  private async doom(account: number, by: Doom): Promise<void> {
    const { world, watch } = this.rig;
    const phone = world.account(account);
    const session = this.rig.session(phone.number);
    const is = async (wanted: object): Promise<true | undefined> => {
      const found = (await watch.look())?.find(({ id }) => id === session);
      return Object.entries(wanted).every(([name, value]) => found?.[name as 'status'] === value) || undefined;
    };
    await until(`${phone.number} is connected`, () => is({ status: 'working' }), PATIENCE);
    if (by === 'device_removed') await phone.unlinkDevices();
    else world.simulator.faults.streamError(phone.number, by === 'banned' ? 403 : 'replaced');
    await until(`${phone.number} is ${by}`, () => is(VERDICTS[by]), PATIENCE);
    this.doomed.push({ phone: phone.number, by, logins: world.simulator.logins(phone.number) });
  }
}
