import { readFile } from 'node:fs/promises';
import { askSecretly } from './ask-secretly.js';

const SHORTEST = 12;

/** Where a passphrase comes from: never an argument or the environment, which other processes can read. */
export interface PassphraseSource {
  /** Its first line; unset: the terminal is asked. */
  file?: string;
}

/** One to encrypt with: long enough, and on a terminal typed twice. */
export async function newPassphrase({ file }: PassphraseSource): Promise<string> {
  const [passphrase = '', again] = await (file === undefined
    ? ask(['Passphrase for the file: ', 'The same again: '])
    : firstLine(file));
  if (again !== undefined && again !== passphrase) throw new Error('these were two different passphrases');
  if (passphrase.length < SHORTEST) throw new Error(`the passphrase is too short: ${SHORTEST} characters at least`);
  return passphrase;
}

/** One that something was encrypted with. */
export async function knownPassphrase({ file }: PassphraseSource): Promise<string> {
  const [passphrase = ''] = await (file === undefined ? ask(['Passphrase of the file: ']) : firstLine(file));
  return passphrase;
}

function ask(questions: string[]): Promise<string[]> {
  if (!process.stdin.isTTY) throw new Error('there is no terminal to ask for the passphrase: give --passphrase-file');
  return askSecretly(questions, { input: process.stdin, output: process.stderr });
}

async function firstLine(file: string): Promise<string[]> {
  const [line = ''] = (await readFile(file, 'utf8')).split(/\r?\n/);
  return [line];
}
