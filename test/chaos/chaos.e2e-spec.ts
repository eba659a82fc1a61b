import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Random } from './random.js';
import { Rig } from './rig.js';
import { ROUND_MS, schedule } from './schedule.js';
import { chaosSettings } from './settings.js';
import { Striker } from './strike.js';
import { summary } from './summary.js';
import { findings } from './verify.js';

const { seed, rounds } = chaosSettings();
const AROUND_MS = 120_000;
/** For errands that are still open when nothing is in their way any more. */
const SETTLE_MS = 20_000;

describe(`chaos, CHAOS_SEED=${seed}`, () => {
  let rig: Rig;

  beforeAll(async () => {
    process.stdout.write(`chaos: CHAOS_SEED=${seed}, ${rounds} round(s) of ${ROUND_MS / 1_000} s\n`);
    rig = await Rig.start(new Random(seed));
  }, AROUND_MS);

  afterAll(() => rig.stop(), AROUND_MS);

  it(
    'loses no session, does nothing twice, and answers as documented, whatever is killed, cut or silent (pains 1, 2, 17, 21, 22, 23)',
    async () => {
      const striker = new Striker(rig);
      rig.watch.start();
      rig.traffic.start();
      await striker.run(schedule(seed, rounds));
      await rig.traffic.stop();
      await rig.passDeadlines();
      await rig.traffic.settle(SETTLE_MS);
      await rig.watch.stop();
      const found = await findings(rig, striker);
      process.stdout.write(summary(rig, striker, seed, found.length));
      if (found.length > 0) process.stdout.write(`  log:       ${await rig.keepLog(seed)}\n`);
      expect(found).toEqual([]);
    },
    rounds * ROUND_MS + AROUND_MS,
  );
});
