import { node } from '../wire/index.js';
import type { Connection } from './connection.js';

/** Why the server ends a stream, as it says so; a number stands for any code. */
export type StreamError = number | 'replaced' | 'device_removed' | 'restart_required' | 'unavailable';

const RESTART_REQUIRED = 515;
const UNAVAILABLE = 503;
const DEVICE_REMOVED = 401;

/** Tells why, then closes. */
export function endStream(connection: Connection, error: StreamError): void {
  connection.send(streamError(error));
  connection.end();
}

function streamError(error: StreamError): ReturnType<typeof node> {
  switch (error) {
    case 'replaced':
      return node('stream:error', {}, [node('conflict', { type: 'replaced' })]);
    case 'device_removed':
      return node('stream:error', { code: DEVICE_REMOVED }, [node('conflict', { type: 'device_removed' })]);
    case 'restart_required':
      return node('stream:error', { code: RESTART_REQUIRED });
    case 'unavailable':
      return node('stream:error', { code: UNAVAILABLE });
    default:
      return node('stream:error', { code: error });
  }
}

/** Refuses a login. */
export function refuseLogin(connection: Connection, reason: number): void {
  connection.send(node('failure', { reason, location: 'sim' }));
  connection.end();
}
