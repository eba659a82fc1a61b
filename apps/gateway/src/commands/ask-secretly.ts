import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

export interface Terminal {
  input: NodeJS.ReadableStream;
  /** Where questions are shown; never an answer. */
  output: NodeJS.WritableStream;
}

/** One answer for each question, typed without being shown. Rejects when the input ends or is interrupted. */
export function askSecretly(questions: readonly string[], { input, output }: Terminal): Promise<string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // As a terminal, so that keys are not echoed by the system, and edit the line as people expect.
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  return new Promise<string[]>((resolve, reject) => {
    const answers: string[] = [];
    const ask = (): void => void output.write(questions[answers.length] ?? '');
    lines.on('line', (line) => {
      output.write('\n');
      answers.push(line);
      if (answers.length === questions.length) resolve(answers);
      else ask();
    });
    lines.on('SIGINT', () => reject(new Error('interrupted')));
    lines.on('close', () => reject(new Error('no passphrase was given')));
    ask();
  }).finally(() => lines.close());
}
