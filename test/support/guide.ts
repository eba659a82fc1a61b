import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.js';

const ROOT = join(import.meta.dirname, '..', '..');

export interface RunOptions {
  /** Where to run it; the repository unless said otherwise. */
  cwd?: string;
  environment?: Record<string, string>;
}

/** The commands of a guide, as they stand there but for the words that a reader would replace. */
export class Guide {
  private constructor(
    private readonly blocks: readonly string[],
    private readonly replaced: Readonly<Record<string, string>>,
  ) {}

  /** `replaced`: by word of the guide what a reader would write instead. */
  static async open(name: string, replaced: Record<string, string> = {}): Promise<Guide> {
    const text = await readFile(join(ROOT, 'docs', 'guides', name), 'utf8');
    return new Guide(
      [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code = '']) => code),
      replaced,
    );
  }

  with(replaced: Record<string, string>): Guide {
    return new Guide(this.blocks, { ...this.replaced, ...replaced });
  }

  /** Starts the only block of commands with `word` in it, after those with the words of `before`. */
  start(word: string, { cwd = ROOT, environment }: RunOptions = {}, ...before: string[]): Commands {
    const { PATH = '', HOME = '' } = process.env;
    const script = [...before, word].map((each) => this.script(each)).join('\n');
    return new Commands(spawn('bash', ['-c', script], { cwd, env: { PATH, HOME, ...environment }, detached: true }));
  }

  private script(word: string): string {
    const [block, ...others] = this.blocks.filter((each) => each.includes(word));
    if (block === undefined || others.length > 0)
      throw new Error(`${word} is in ${others.length ? 'many blocks' : 'none'}`);
    return Object.entries(this.replaced).reduce((text, [from, to]) => text.replaceAll(from, to), block);
  }
}

/** Commands that run, with all that they start. */
export class Commands {
  stdout = '';
  stderr = '';
  private readonly ended: Promise<unknown>;

  constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = once(child, 'close');
  }

  /** The first group of `pattern` in what they print. */
  async prints(pattern: RegExp): Promise<string> {
    return eventually(() => {
      const found = pattern.exec(this.stdout)?.[1];
      if (found === undefined) throw new Error(`${this.stdout}${this.stderr}`);
      return found;
    }, 20_000);
  }

  /** What they print until they end by themselves. Throws where they fail. */
  async output(): Promise<string> {
    await this.ended;
    if (this.child.exitCode !== 0) throw new Error(`exit code ${this.child.exitCode}: ${this.stderr}`);
    return this.stdout;
  }

  /** Kills them all at once, whatever they do. */
  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined) {
      process.kill(-this.child.pid, 'SIGKILL');
    }
    await this.ended;
  }
}
