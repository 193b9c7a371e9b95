/** Sends queries with known answers at a steady rate, and counts the lost and the wrong ones. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadQuestion } from './questions.ts';

export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  /** Source address of the clients; chosen by the system by default. */
  readonly from?: string;
  /** Queries per second, whether or not they are answered. */
  readonly rate: number;
  /** Number of sockets, which the kernel distributes among the servers sharing a port. */
  readonly clients: number;
  /** The questions, asked in turn. */
  readonly questions: readonly LoadQuestion[];
}

export interface LoadResult {
  readonly sent: number;
  readonly answered: number;
  readonly wrong: number;
  readonly lost: number;
  /** Descriptions of the first wrong, lost or failed queries. */
  readonly examples: readonly string[];
  readonly seconds: number;
  /** Latencies of all answered queries, ms. */
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

export interface Load {
  /** Stops sending, waits for outstanding answers, and resolves to the result. */
  stop(): Promise<LoadResult>;
}

export async function startLoad(options: Partial<LoadOptions> & Pick<LoadOptions, 'port' | 'rate' | 'questions'>): Promise<Load> {
  const child = fork(fileURLToPath(new URL('./process.ts', import.meta.url)), { stdio: 'inherit' });
  await once(child, 'spawn');
  child.send({ host: '127.0.0.1', clients: 32, ...options });
  return {
    async stop() {
      child.send('stop');
      const [result] = (await once(child, 'message')) as [LoadResult];
      return result;
    },
  };
}

export function inWords({ sent, seconds, lost, wrong, p50, p99, worst }: LoadResult): string {
  const rate = Math.round(sent / seconds);
  return `${sent} queries, ${rate} a second: ${lost} lost, ${wrong} wrong; p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, worst ${worst.toFixed(1)} ms`;
}
