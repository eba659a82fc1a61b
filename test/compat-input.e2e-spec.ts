import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { CompatLab, failure, instance } from './support/compat-lab.js';
import type { TestGateway } from './support/start-gateway.js';

let lab: CompatLab;
let gateway: TestGateway;
let token: string;
let ada: SimulatedPhone;

beforeAll(async () => {
  lab = await CompatLab.start();
  ({ gateway, token, ada } = lab);
});

afterAll(() => lab.stop());

beforeEach(() => lab.simulator.log.clear());
afterEach(() => lab.forget());

describe('bad input', () => {
  const INVALID_ACTION = 'Invalid action. Must be one of: add, remove, promote, demote, approve, reject';

  it.each<[string, object, string, string[]]>([
    ['no action', { participants: [], identifier: '' }, INVALID_ACTION, ['action', 'participants', 'identifier']],
    [
      'an unknown action',
      { action: 'ban', participants: ['1'], identifier: 'x@g.us' },
      INVALID_ACTION,
      ['action', 'identifier'],
    ],
    ['no participants', { action: 'add' }, 'At least one participant is required', ['participants', 'identifier']],
    [
      'an empty list',
      { action: 'add', participants: [] },
      'At least one participant is required',
      ['participants', 'identifier'],
    ],
    [
      'no list',
      { action: 'add', participants: '1' },
      'At least one participant is required',
      ['participants', 'identifier'],
    ],
    [
      'null',
      { action: 'add', participants: null },
      'At least one participant is required',
      ['participants', 'identifier'],
    ],
    ['no identifier', { action: 'add', participants: ['1'] }, 'Identifier is required', ['identifier']],
    [
      'a blank identifier',
      { action: 'add', participants: ['1'], identifier: ' ' },
      'Identifier is required',
      ['identifier'],
    ],
    [
      'a malformed identifier',
      { action: 'add', participants: ['1'], identifier: 'a@b' },
      'identifier: must be the JID of a group, an invite code or an invite link',
      ['identifier'],
    ],
    [
      'too many participants',
      { action: 'add', participants: Array.from({ length: 1025 }, () => '1'), identifier: '120363000000000000@g.us' },
      'participants: must have at most 1024 items',
      ['participants'],
    ],
  ])('is told before the instance is looked for: %s', async (_, body, message, paths) => {
    const fields = paths.map((path) => expect.objectContaining({ path }) as unknown);
    const answer = failure(400, message, 'validation_error', { fields });
    expect(await lab.manage(body, 'nobody')).toMatchObject(answer);
  });

  it('is an invite that leads nowhere', async () => {
    const body = { action: 'add', participants: [ada.jid], identifier: 'AbCdEfGhIjKlMnOpQrStUv' };
    expect(await lab.manage(body)).toMatchObject(
      failure(400, 'identifier: this invite is invalid or has expired', 'validation_error', {
        fields: [{ path: 'identifier', message: 'this invite is invalid or has expired' }],
      }),
    );
  });

  it.each(['GET requests', 'GET info', 'POST resetLink', 'POST join', 'DELETE leave', 'PUT update'])(
    'is a missing identifier: %s',
    async (route) => {
      const [method = '', path] = route.split(' ');
      const body = ['POST', 'PUT'].includes(method) ? {} : undefined;
      expect(await lab.call(method, `${path}/nobody`, body)).toMatchObject(
        failure(400, 'Identifier is required', 'validation_error'),
      );
    },
  );

  it('is a JID where only an invite can lead anywhere', async () => {
    expect(await lab.call('POST', `join/${instance()}`, { identifier: '120363000000000000@g.us' })).toMatchObject(
      failure(400, 'identifier: must be an invite code or an invite link', 'validation_error'),
    );
  });

  it.each<[object, unknown]>([
    [{ participants: ['1'] }, 'name: is required'],
    [{ name: '', participants: [1] }, 'name: must not be empty'],
    [{ name: 'x'.repeat(101), participants: [1] }, expect.stringMatching(/^name: must have at most 100/)],
    [{ name: 'x' }, 'At least one participant is required'],
    [{ name: 'x', participants: ['y'] }, expect.stringMatching(/^participants\[0\]: must be a user/)],
    [
      { name: 'x', participants: [1], groupSettings: { membersCanEditInfo: 1 } },
      'groupSettings.membersCanEditInfo: must be true or false',
    ],
  ])('is a new group of %j', async (body, message) => {
    expect(await lab.call('POST', `create/${instance()}`, body)).toMatchObject(
      failure(400, message, 'validation_error'),
    );
  });

  it('is an update that changes nothing', async () => {
    for (const more of [{}, { groupSettings: {} }, { groupSettings: { unknown: true } }]) {
      const body = { identifier: '120363000000000000@g.us', ...more };
      expect(await lab.call('PUT', 'update/nobody', body)).toMatchObject(
        failure(400, 'body: needs at least one of name, description, groupSettings', 'validation_error'),
      );
    }
  });

  it('is malformed JSON, another type, an oversized body', async () => {
    const send = (body: string, type = 'application/json') =>
      gateway.request('POST', '/api/group/participants/nobody', { body, headers: { token, 'content-type': type } });
    expect(await send('{')).toMatchObject(failure(400, 'body: is not valid JSON', 'validation_error'));
    expect(await send('x', 'text/plain')).toMatchObject(
      failure(415, 'the body must be application/json', 'unsupported_media_type'),
    );
    expect(await send(`"${'x'.repeat(1024 * 1024)}"`)).toMatchObject(
      failure(413, 'the body is larger than 1 MiB', 'payload_too_large'),
    );
  });
});
