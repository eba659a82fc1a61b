import type { StanzaNode } from '../wire/index.js';
import type { Connection } from './connection.js';
import type { Device } from './device.js';

/** A query from a device that has logged in. */
export interface DeviceQuery {
  connection: Connection;
  device: Device;
  iq: StanzaNode;
  /** What to do once the answer has left. */
  afterAnswer: (work: () => void) => void;
}

/** Answers one `xmlns`: the content of the result; a `WorldError` becomes the error answer. */
export type IqHandler = (query: DeviceQuery) => StanzaNode[] | undefined;
