/** A flood of questions that nobody waits for, as an attacker sends it, from addresses of his choice; what comes back is counted. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface FloodOptions {
  readonly port: number;
  /** Addresses of this machine to send from, by turns. */
  readonly from: readonly string[];
  /** Questions a second, if the machine can do that many. */
  readonly rate: number;
  /** Asked for type A; its first `*` becomes ten random letters, others in each question. */
  readonly name: string;
}

export interface FloodResult {
  readonly sent: number;
  readonly seconds: number;
  /** Whole answers by RCODE. */
  readonly answered: Readonly<Record<number, number>>;
  readonly truncated: number;
}

export interface Flood {
  stop(): Promise<FloodResult>;
}

/** Resolves when it flows. */
export async function startFlood(options: FloodOptions): Promise<Flood> {
  const child = fork(fileURLToPath(new URL('./flood-process.ts', import.meta.url)), { stdio: 'inherit' });
  await once(child, 'spawn');
  child.send(options);
  await once(child, 'message');
  return {
    async stop() {
      child.send('stop');
      const [result] = (await once(child, 'message')) as [FloodResult];
      return result;
    },
  };
}

export function floodInWords({ sent, seconds, answered, truncated }: FloodResult): string {
  const kinds = Object.entries(answered).map(([rcode, count]) => `${count} of RCODE ${rcode}`);
  return `${Math.round(sent / seconds)} a second for ${seconds.toFixed(1)} s: ${[...kinds, `${truncated} truncated`].join(', ')}`;
}
