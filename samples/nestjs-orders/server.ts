import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PenguiFlowLogger } from 'penguiflow/nestjs';
import { AppConfig } from './app-config.js';
import { AppModule } from './app-module.js';

/** Starts the application and prints where it listens. It ends on SIGTERM and SIGINT, when all work is done. */
async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, {
    bufferLogs: true,
    // Once all requests are answered, browsers' spare connections need not hold the process.
    forceCloseConnections: true,
  });
  app.useLogger(app.get(PenguiFlowLogger));
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  const { host, port } = app.get(AppConfig);
  await app.listen(port, host);
  new Logger('Server').log('listening', { url: await app.getUrl(), pid: process.pid });
}

await main();
