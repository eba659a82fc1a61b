import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestLogger } from '#http';
import { AppModule, type GatewayParts } from './app.module.js';
import { answerClientErrors } from './client-errors.js';
import { configureApp } from './configure-app.js';
import { drainServer } from './drain-server.js';
import { EventStreams } from './events/streams/event-streams.js';
import { ExpressServer } from './express-server.js';
import { Readiness } from './health/readiness.js';
import { SessionRegistry } from './sessions/index.js';

/** Longer than load balancers keep a connection, so that none sends a request into one that closes. */
const KEEP_ALIVE_MS = 75_000;
const DRAIN_MS = 8_000;

export interface Gateway {
  app: NestExpressApplication;
  /** Where it listens, without a trailing slash. */
  url: string;
  /** Finishes the requests in flight, then closes sessions and database. Safe to call twice. */
  close(): Promise<void>;
}

/** A gateway that listens. */
export async function createGateway(parts: GatewayParts): Promise<Gateway> {
  const { config, logger } = parts;
  const onPoolError = (error: Error): void => logger.warn({ err: error }, 'a connection to the database broke');
  const module = AppModule.forRoot({ ...parts, store: { onPoolError, ...parts.store } });
  const app = await NestFactory.create<NestExpressApplication>(module, new ExpressServer(), {
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: false,
    logger: new NestLogger(logger),
  });
  configureApp(app, config, logger);
  const server = app.getHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1_000;
  answerClientErrors(server);
  try {
    await app.listen(config.port, config.host);
  } catch (error) {
    await app.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return { app, url: urlOf(server), close: () => (closing ??= close(app, server)) };
}

async function close(app: NestExpressApplication, server: Server): Promise<void> {
  app.get(Readiness).drain();
  app.get(SessionRegistry).beginShutdown();
  app.get(EventStreams).beginShutdown();
  await drainServer(server, DRAIN_MS);
  await app.close();
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  const host = address === '::' || address === '0.0.0.0' ? 'localhost' : address;
  return `http://${family === 'IPv6' && host === address ? `[${host}]` : host}:${port}`;
}
