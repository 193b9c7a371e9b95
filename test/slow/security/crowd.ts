/** A crowd of useless TCP connections, idle or sending a query one octet at a time without end. Closed connections are opened again. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface CrowdOptions {
  readonly port: number;
  readonly idle: number;
  readonly slow: number;
  /** Connections per source address; the addresses are 127.0.3.1, 127.0.3.2, … */
  readonly each: number;
}

export interface Crowd {
  /** Resolves to the number of open connections, and of those opened so far. */
  count(): Promise<{ readonly open: number; readonly opened: number }>;
  stop(): Promise<void>;
}

/** Resolves when all connections have been opened once. */
export async function gather(options: CrowdOptions): Promise<Crowd> {
  const child = fork(fileURLToPath(new URL('./crowd-process.ts', import.meta.url)), { stdio: 'inherit' });
  await once(child, 'spawn');
  child.send(options);
  await once(child, 'message');
  return {
    async count() {
      child.send('count');
      const [counted] = (await once(child, 'message')) as [{ open: number; opened: number }];
      return counted;
    },
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
