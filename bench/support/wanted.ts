import type { Figure, Size } from './figure.js';

export interface Wanted {
  figure: Figure;
  size: Size;
}

/**
 * What the command line asks for, as `<name>` or `<name>:<setting>=<number>,…`: nothing for all that need not be named.
 * Throws when there is no such figure, or no such setting of it.
 */
export function wantedFigures(figures: readonly Figure[], args: readonly string[]): Wanted[] {
  if (args.length === 0) return figures.filter(({ onlyByName }) => !onlyByName).map((figure) => wanted(figure, ''));
  return args.map((arg) => {
    const [name, settings = ''] = arg.split(':', 2);
    const figure = figures.find((one) => one.name === name);
    if (!figure) throw new Error(`no such figure: ${name}; there are ${figures.map((one) => one.name).join(', ')}`);
    return wanted(figure, settings);
  });
}

function wanted(figure: Figure, settings: string): Wanted {
  const given = settings.split(',').filter(Boolean);
  return { figure, size: { ...figure.size, ...Object.fromEntries(given.map((setting) => parsed(figure, setting))) } };
}

function parsed({ name, size = {} }: Figure, setting: string): [string, number] {
  const [key = '', value = ''] = setting.split('=', 2);
  if (!(key in size) || !/^\d+$/.test(value)) {
    throw new Error(`${name} takes numbers for ${Object.keys(size).join(', ') || 'nothing'}, not ${setting}`);
  }
  return [key, Number(value)];
}
