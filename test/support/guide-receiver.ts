import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Commands, Guide } from './guide.js';

interface Kept {
  id: string;
  session: string | null;
}

/** The guide's receiver, started by the guide's command, keeping what it gets in `folder`. */
export class GuideReceiver {
  private port = '0';
  private running?: Commands;

  constructor(
    private readonly guide: Guide,
    private readonly folder: string,
  ) {}

  /** On the same port each time. How many events it has kept before. */
  async start(): Promise<number> {
    const environment = { PORT: this.port, RECEIVED: this.path };
    this.running = this.guide.start('webhook-receiver', { environment });
    this.port = await this.running.prints(/receives on http:\/\/127\.0\.0\.1:(\d+)/);
    return Number(await this.running.prints(/, (\d+) events so far/));
  }

  get path(): string {
    return join(this.folder, 'received.ndjson');
  }

  /** As in the guide: the address with which it is called there. */
  get address(): Record<string, string> {
    return { 'http://127.0.0.1:4000/': `http://127.0.0.1:${this.port}/` };
  }

  /** What it has kept, in the order in which it came. */
  async kept(): Promise<Kept[]> {
    const lines = (await readFile(this.path, 'utf8')).split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Kept);
  }

  async kill(): Promise<void> {
    await this.running?.kill();
  }
}
