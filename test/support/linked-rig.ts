import { Simulator, type SimulatedPhone } from '#simulator';
import { forgetLimits } from './forget-limits.js';
import { linkSession } from './linked-session.js';
import { startGateway, type TestGateway } from './start-gateway.js';

const FIRST_PHONE = 6281200000001;

/** Who there is before the gateway starts. */
export interface People {
  /** Whose account gets linked. */
  me: SimulatedPhone;
  /** A new account: each has the next number. */
  person: (name: string) => SimulatedPhone;
}

/** A WhatsApp of its own, and a gateway with one linked session. */
export class LinkedRig {
  private constructor(
    readonly simulator: Simulator,
    readonly gateway: TestGateway,
    /** An api-key to read, send and manage. */
    readonly token: string,
    readonly session: string,
    readonly me: SimulatedPhone,
    readonly person: (name: string) => SimulatedPhone,
  ) {}

  /** Linked, and every group that `world` has put the account in is stored. */
  static async start(world: (people: People) => void = () => undefined): Promise<LinkedRig> {
    const simulator = await Simulator.start();
    let phone = FIRST_PHONE;
    const person = (name: string): SimulatedPhone => simulator.createAccount({ phone: String(phone++), name });
    const me = person('Me');
    world({ me, person });
    const gateway = await startGateway({ simulator });
    const token = await gateway.apiKey(['read', 'send', 'manage']);
    const session = await linkSession(gateway, token, me, simulator.world.groupsOf(me.account).length);
    return new LinkedRig(simulator, gateway, token, session, me, person);
  }

  /** For `afterEach`: what WhatsApp was made to do in one test does not reach the next. */
  forget(): void {
    this.simulator.faults.clear();
    forgetLimits(this.gateway, this.session);
  }

  async stop(): Promise<void> {
    await this.gateway.close();
    await this.simulator.stop();
  }
}
