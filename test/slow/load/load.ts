/** A steady load of questions whose answers are known: what is lost and what is wrong is counted, each once. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadQuestion } from './questions.ts';

export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  /** The clients' own address; the system's choice unless said. */
  readonly from?: string;
  /** Questions a second, whether or not they are answered. */
  readonly rate: number;
  /** Sockets, which the kernel shares out among the servers of a port. */
  readonly clients: number;
  /** Asked by turns. */
  readonly questions: readonly LoadQuestion[];
}

export interface LoadResult {
  readonly sent: number;
  readonly answered: number;
  readonly wrong: number;
  readonly lost: number;
  /** The first of those, in words. */
  readonly examples: readonly string[];
  readonly seconds: number;
  /** Of all that were answered, ms. */
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

export interface Load {
  /** Asks no more, waits for the answers still to come, and tells. */
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
