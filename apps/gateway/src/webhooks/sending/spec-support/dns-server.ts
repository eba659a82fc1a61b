import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, type Question, type StringAnswer } from 'dns-packet';

/** Addresses by name; `'silence'`: never answered; a name that is not there: no such name. */
export type Zone = Record<string, readonly string[] | 'silence'>;

const NO_SUCH_NAME = 3;
/** Of an answer, and of one from who is asked on behalf of others. */
const RECURSIVE = 0x180;

/** DNS, on a port of loopback. */
export class DnsServer {
  private constructor(private readonly socket: Socket) {}

  static async start(zone: Zone): Promise<DnsServer> {
    const socket = createSocket('udp4');
    socket.on('message', (message, { port, address }) => {
      const { id, questions = [] } = decode(message);
      const [question] = questions;
      const records = question && zone[question.name];
      if (!question || records === 'silence') return;
      const answers = (records ?? []).flatMap((data) => answerTo(question, data));
      const code = records ? 0 : NO_SUCH_NAME;
      socket.send(encode({ id, type: 'response', flags: RECURSIVE | code, questions, answers }), port, address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new DnsServer(socket);
  }

  get authority(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  async stop(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }
}

function answerTo({ name, type }: Question, data: string): StringAnswer[] {
  const kind = data.includes(':') ? 'AAAA' : 'A';
  return kind === type ? [{ name, type: kind, data }] : [];
}
