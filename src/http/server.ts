import type { AddressInfo } from 'node:net';
import { type Logger, pino } from 'pino';
import { FactorportError } from '../errors/error.ts';
import type { Services } from '../services.ts';
import { createApp } from './app.ts';

export interface RunningServer {
  /** `http://host:port`, with the port that was picked. */
  readonly url: string;
  /** Finishes what is in flight, refuses the rest, then closes everything. */
  stop(): Promise<void>;
}

/** The log of the service: JSON lines, to standard error, where standard output is for what the command says. */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: null, messageKey: 'message', timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  );
}

/** @throws `port_in_use`, `cannot_listen` */
export async function startServer(services: Services, logger: Logger): Promise<RunningServer> {
  const { host, port, shutdownSeconds } = services.config;
  let stopping = false;
  const app = createApp({ services, logger, isStopping: () => stopping });
  try {
    await app.listen({ host, port, listenTextResolver: (address) => `listening at ${address}` });
  } catch (error) {
    await app.close();
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new FactorportError('port_in_use', { parameters: { host, port }, cause: error });
    throw new FactorportError('cannot_listen', { parameters: { host, port, reason: code ?? message }, cause: error });
  }
  services.vaultKeys.workInBackground();
  const address = app.server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shownHost}:${address.port}`,
    async stop() {
      stopping = true;
      const giveUp = setTimeout(() => app.server.closeAllConnections(), shutdownSeconds * 1000);
      await app.close();
      clearTimeout(giveUp);
      await services.close();
    },
  };
}
