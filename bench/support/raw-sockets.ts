import { readFileSync } from 'node:fs';
import pLimit from 'p-limit';
import { rawSocket } from './raw-socket.js';
import type { LinkedDevice } from './simulator.js';

/** Bare Baileys sockets for many devices, in a process of their own: says `open` once all of them are. */
export interface RawSocketsParameters {
  url: string;
  rootKey: string;
  /** The file with the credentials of all devices, as JSON. */
  devices: string;
  atOnce: number;
}

const parameters = JSON.parse(process.argv[2] ?? '') as RawSocketsParameters;
const devices = JSON.parse(readFileSync(parameters.devices, 'utf8')) as LinkedDevice[];
const connecting = pLimit(parameters.atOnce);
await Promise.all(devices.map((device) => connecting(() => rawSocket(parameters, device))));
console.log('open');
