import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { OutcomeUnknownError, SessionNotConnectedError, WhatsAppRefusedError } from '#whatsapp';
import type { BinaryNode } from './node.js';
import type { Query } from './query.js';
import { sendQuery, type QuerySocket } from './send-query.js';

const QUESTION: Query<string> = {
  xmlns: 'w:g2',
  to: '120363000000000001@g.us',
  type: 'get',
  content: { tag: 'invite', attrs: {} },
  expect: ['invite'],
  read: (answer) => answer.attrs.code ?? '',
};

/** A Baileys socket whose `query` ends as a test says. */
class FakeSocket implements QuerySocket {
  readonly ws = Object.assign(new EventEmitter(), { isOpen: true });
  readonly sent: BinaryNode[] = [];
  settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void };
  private tags = 0;

  generateMessageTag(): string {
    return `tag-${++this.tags}`;
  }

  query(node: BinaryNode): Promise<unknown> {
    this.sent.push(node);
    return new Promise((resolve, reject) => (this.settle = { resolve, reject }));
  }
}

function boom(message: string, data: unknown, statusCode = 500): Error {
  return Object.assign(new Error(message), { data, output: { statusCode } });
}

function result(...content: BinaryNode[]): BinaryNode {
  return { tag: 'iq', attrs: { type: 'result', id: 'tag-1' }, content };
}

describe('§9.1: one method sends every stanza, and no answer is never success', () => {
  let socket: FakeSocket;
  let ending: AbortController;
  const ask = (query: Query<string> = QUESTION): Promise<string> =>
    sendQuery(socket, query, { timeoutMs: 1_000, ending: ending.signal });

  beforeEach(() => {
    socket = new FakeSocket();
    ending = new AbortController();
  });

  afterEach(() => {
    expect(socket.ws.eventNames()).toEqual([]);
  });

  it('sends one stanza and reads the child that was expected', async () => {
    const answer = ask();
    socket.settle.resolve(result({ tag: 'invite', attrs: { code: 'CODE' } }));
    await expect(answer).resolves.toBe('CODE');
    expect(socket.sent).toEqual([
      {
        tag: 'iq',
        attrs: { id: 'tag-1', xmlns: 'w:g2', to: '120363000000000001@g.us', type: 'get' },
        content: [{ tag: 'invite', attrs: {} }],
      },
    ]);
  });

  it('sends what a query is about, and no child where there is none', async () => {
    const { content: _none, ...bare } = QUESTION;
    const answer = ask({ ...bare, to: '@s.whatsapp.net', target: '120363000000000001@g.us', expect: [] });
    socket.settle.resolve(result());
    await answer;
    expect(socket.sent).toEqual([
      {
        tag: 'iq',
        attrs: { id: 'tag-1', xmlns: 'w:g2', to: '@s.whatsapp.net', target: '120363000000000001@g.us', type: 'get' },
      },
    ]);
  });

  it('sends nothing on a socket that is not open, and says so', async () => {
    socket.ws.isOpen = false;
    await expect(ask()).rejects.toBeInstanceOf(SessionNotConnectedError);
    expect(socket.sent).toEqual([]);
  });

  it('sends nothing once the connection is ending', async () => {
    ending.abort();
    await expect(ask()).rejects.toBeInstanceOf(SessionNotConnectedError);
    expect(socket.sent).toEqual([]);
  });

  it('does not wait for an answer that the end of the connection makes impossible', async () => {
    const answer = ask();
    ending.abort();
    await expect(answer).rejects.toBeInstanceOf(OutcomeUnknownError);
  });

  const silences: [string, (socket: FakeSocket) => void][] = [
    ['undefined', ({ settle }) => settle.resolve(undefined)],
    ['a timeout whose data is an object', ({ settle }) => settle.reject(boom('Timed Out', { stack: '' }, 408))],
    ['the number with which a WebSocket closes', ({ settle }) => settle.reject(1006)],
    ['a closed connection', ({ settle }) => settle.reject(boom('Connection Closed', null, 428))],
    ['a result without the child that was expected', ({ settle }) => settle.resolve(result())],
    ['an answer that is no result', ({ settle }) => settle.resolve({ tag: 'iq', attrs: { type: 'get' } })],
  ];

  it.each(silences)('outcome unknown: %s', async (_what, end) => {
    const answer = ask();
    end(socket);
    await expect(answer).rejects.toBeInstanceOf(OutcomeUnknownError);
  });

  it.each([undefined, { tag: 'iq', attrs: { type: 'get' } }])(
    'outcome unknown for a query that expects nothing, too, when the answer is %p',
    async (nothing) => {
      const answer = ask({ ...QUESTION, expect: [], read: () => 'done' });
      socket.settle.resolve(nothing);
      await expect(answer).rejects.toBeInstanceOf(OutcomeUnknownError);
    },
  );

  it('outcome unknown when nothing came in time, and Baileys stops waiting for it', async () => {
    const waiting = once(socket.ws, 'TAG:tag-1');
    const answer = sendQuery(socket, QUESTION, { timeoutMs: 1, ending: ending.signal });
    await expect(waiting).resolves.toEqual([undefined]);
    socket.settle.resolve(undefined);
    await expect(answer).rejects.toBeInstanceOf(OutcomeUnknownError);
  });

  it('waits as many times as long as a query asks for', async () => {
    jest.useFakeTimers();
    try {
      const answer = ask({ ...QUESTION, patience: 1.5 });
      let heard = 0;
      socket.ws.once('TAG:tag-1', () => heard++);
      jest.advanceTimersByTime(1_499);
      expect(heard).toBe(0);
      jest.advanceTimersByTime(1);
      expect(heard).toBe(1);
      socket.settle.resolve(undefined);
      await expect(answer).rejects.toBeInstanceOf(OutcomeUnknownError);
    } finally {
      jest.useRealTimers();
    }
  });

  it('an empty result does for a query that expects nothing', async () => {
    const answer = ask({ ...QUESTION, expect: [], read: () => 'done' });
    socket.settle.resolve(result());
    await expect(answer).resolves.toBe('done');
  });

  describe('§9.2: the code of a refusal', () => {
    it('is the number in the data of the error, with its text', async () => {
      const answer = ask();
      socket.settle.reject(boom('item-not-found', 404));
      await expect(answer).rejects.toMatchObject({ whatsappCode: 404, text: 'item-not-found' });
      await expect(answer).rejects.toBeInstanceOf(WhatsAppRefusedError);
    });

    it('is 500 where WhatsApp gave none', async () => {
      const answer = ask();
      socket.settle.reject(boom('Unknown error', NaN));
      await expect(answer).rejects.toMatchObject({ whatsappCode: 500 });
    });

    it('comes with how long to wait, where WhatsApp says it', async () => {
      const answer = ask();
      const error = { tag: 'error', attrs: { code: '429', text: 'rate-overlimit', backoff: '90' } };
      socket.ws.emit('TAG:tag-1', { tag: 'iq', attrs: { type: 'error' }, content: [error] });
      socket.settle.reject(boom('rate-overlimit', 429));
      await expect(answer).rejects.toMatchObject({ whatsappCode: 429, backoffSeconds: 90 });
    });

    it.each([
      ['1893456000', 1893456000000],
      ['0', undefined],
      [undefined, undefined],
    ])('comes with the end of a restriction, where WhatsApp says it: %s', async (expiration, restrictedUntil) => {
      const answer = ask();
      const attrs = { code: '463', text: 'restricted', ...(expiration !== undefined && { expiration }) };
      socket.ws.emit('TAG:tag-1', { tag: 'iq', attrs: { type: 'error' }, content: [{ tag: 'error', attrs }] });
      socket.settle.reject(boom('restricted', 463));
      await expect(answer).rejects.toMatchObject({ whatsappCode: 463, restrictedUntil });
    });
  });
});
