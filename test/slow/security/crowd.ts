/** A crowd of TCP connections that are never of use: idle ones, and ones that send a query an octet at a time. Whichever is closed is opened again. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface CrowdOptions {
  readonly port: number;
  readonly idle: number;
  readonly slow: number;
  /** From one address at most; the addresses are 127.0.3.1, 127.0.3.2, … */
  readonly each: number;
}

export interface Crowd {
  /** Connections open now, and how often one was opened. */
  count(): Promise<{ readonly open: number; readonly opened: number }>;
  stop(): Promise<void>;
}

/** Resolves when all have been opened once. */
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
