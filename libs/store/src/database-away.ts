import { types } from 'node:util';
import { GatewayUnavailableError } from '#errors';

const RETRY_SECONDS = 5;

/** What the operating system says of a connection that cannot be made, or that broke. */
const NETWORK = /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/**
 * What PostgreSQL says: class 08 the connection, 53 no room for another one, 57P it stops or starts, 57014 a statement
 * took too long, 40P01 two waited for each other and this one gave way, 25006 it is a standby for now.
 */
const SERVER = /^(08...|53...|57P..|57014|40P01|25006)$/;
/** What the driver says, which gives these no code. TypeORM puts the name of the error first. */
const DRIVER =
  /^(Error: )?(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout exceeded when trying to connect|timeout expired|Cannot use a pool after calling end)/;

/** The database did not answer; nobody asked for what cannot be. Whether a write took place is unknown. */
function isAway(error: unknown): boolean {
  if (!types.isNativeError(error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (NETWORK.test(code) || SERVER.test(code) || DRIVER.test(error.message)) return true;
  // The addresses of a host are tried one after the other.
  return 'errors' in error && Array.isArray(error.errors) && error.errors.some(isAway);
}

/** What `work` comes to; `GatewayUnavailableError` where the database did not answer. Any other error passes as it is. */
export async function unlessAway<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isAway(error)) throw error;
    throw new GatewayUnavailableError('the database does not answer', RETRY_SECONDS, {}, { cause: error });
  }
}
