/** Floods a server with queries from chosen source addresses, without waiting for answers, as an attacker does; counts the responses. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface FloodOptions {
  readonly port: number;
  /** Addresses of this machine to send from, in turn. */
  readonly from: readonly string[];
  /** Queries per second, if the machine can send that many. */
  readonly rate: number;
  /** Name to ask for type A; its first `*` is replaced by ten letters, random in each query. */
  readonly name: string;
}

export interface FloodResult {
  readonly sent: number;
  readonly seconds: number;
  /** Number of responses without TC, by RCODE. */
  readonly answered: Readonly<Record<number, number>>;
  readonly truncated: number;
}

export interface Flood {
  stop(): Promise<FloodResult>;
}

/** Resolves once the flood has begun. */
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
