import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { pino } from 'pino';
import { loadConfig } from '#config';
import { AppModule } from './app.module.js';

/** The application as it is declared, with nothing in it running: for those who only look at its routes. */
export function describeGateway(): Promise<INestApplication> {
  const parts = {
    config: loadConfig({}),
    logger: pino({ level: 'silent' }),
    store: { url: 'postgres://nowhere.invalid/gateway', credentialsKeys: { current: Buffer.alloc(32) } },
  };
  return NestFactory.create(AppModule.forRoot(parts), { preview: true, logger: false });
}
