import { describe, expect, it } from '@jest/globals';
import { loggerForBaileys } from './baileys-logger.js';
import { LogRecorder } from './spec-support/log-recorder.js';

const SECRET = 'cHJpdmF0ZSBrZXk=';

describe('what Baileys logs', () => {
  it('is dropped below a warning, children included', () => {
    const recorder = new LogRecorder();
    const logger = loggerForBaileys(recorder, 'S1').child({ class: 'ns' });
    logger.trace({ node: SECRET }, 'recv');
    logger.debug({ node: SECRET }, 'sent ack');
    logger.info({ node: SECRET }, 'logging in...');
    expect(recorder.lines).toEqual([]);
  });

  it('never contains the objects that come with it: they hold stanzas and keys', () => {
    const recorder = new LogRecorder();
    const logger = loggerForBaileys(recorder, 'S1');
    const err = Object.assign(new Error('refused'), { data: { key: SECRET } });
    logger.error({ err, node: { content: SECRET } }, 'error in handling message');
    logger.warn({ creds: SECRET });
    expect(recorder.lines).toEqual([
      {
        level: 'warn',
        facts: { sessionId: 'S1', err: { name: 'Error', message: 'refused' } },
        message: 'baileys: error in handling message',
      },
      { level: 'debug', facts: { sessionId: 'S1' }, message: 'baileys: ' },
    ]);
    expect(JSON.stringify(recorder.lines)).not.toContain(SECRET);
  });

  it('takes a text where an object is usual', () => {
    const recorder = new LogRecorder();
    loggerForBaileys(recorder, 'S1').warn('something is odd');
    expect(recorder.lines).toMatchObject([{ level: 'debug', message: 'baileys: something is odd' }]);
  });
});
