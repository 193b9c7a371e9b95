/** Questions of every sort to a server, at a steady rate: names of the cluster, absent ones, outside names old and new, by UDP and TCP. */
import { setTimeout as wait } from 'node:timers/promises';
import packet from 'dns-packet';
import { dnsClient } from '../fakes/dns-client.ts';

/** dns-packet knows ANY, and its types do not say so. */
type Question = readonly [name: string, type: packet.RecordType | 'ANY'];

/** How often a question of each sort is asked, and which; `n` counts up. */
const sorts: readonly { readonly share: number; readonly question: (n: number) => Question }[] = [
  { share: 30, question: (n) => [`svc-${n % 200}.ns-${(n % 200) % 20}.svc.cluster.local`, 'A'] },
  { share: 15, question: (n) => [`svc-${n % 200}.ns-${(n % 200) % 20}.svc.cluster.local`, 'AAAA'] },
  { share: 5, question: (n) => [`_http._tcp.svc-${n % 200}.ns-${(n % 200) % 20}.svc.cluster.local`, 'SRV'] },
  { share: 5, question: (n) => [`${n % 200}.0.0.11.in-addr.arpa`, 'PTR'] },
  { share: 15, question: (n) => [`api.example.svc-${n % 50}.ns-1.svc.cluster.local`, 'A'] },
  { share: 20, question: (n) => [`www-${n % 40}.example.com`, 'A'] },
  { share: 5, question: (n) => [`new-${n}.example.com`, 'A'] },
  { share: 2, question: (n) => [`long-${n % 5}.example.com`, 'TXT'] },
  { share: 1, question: (n) => [`name-${n}.dead.example`, 'A'] },
  { share: 1, question: () => ['blocked.example', 'A'] },
  { share: 1, question: () => ['example.com', 'ANY'] },
];

/** One turn of questions, mixed: every sort as often as its share. */
const turn: readonly ((n: number) => Question)[] = sorts
  .flatMap(({ share, question }) => Array.from({ length: share }, (_, index) => ({ at: (index + 0.5) / share, question })))
  .toSorted((a, b) => a.at - b.at)
  .map(({ question }) => question);

/** Milliseconds between two handfuls. */
const PERIOD = 50;

/** Asks about `rate` questions a second until aborted; every tenth by TCP. */
export async function load(port: number, rate: number, signal: AbortSignal): Promise<void> {
  const [udp, tcp] = await Promise.all([dnsClient(`udp://127.0.0.1:${port}`), dnsClient(`tcp://127.0.0.1:${port}`)]);
  try {
    for (let n = 0; !signal.aborted;) {
      for (const end = n + Math.round((rate * PERIOD) / 1000); n < end; n++) {
        const [name, type] = turn[n % turn.length]!(Math.floor(n / turn.length) * 7 + (n % 7));
        const message = packet.encode({
          type: 'query',
          id: n & 0xffff,
          flags: packet.RECURSION_DESIRED,
          questions: [{ name, type: type as packet.RecordType }],
        });
        // An answer that never comes is part of the picture.
        (n % 10 === 0 ? tcp : udp).ask(message).catch(() => undefined);
      }
      await wait(PERIOD);
    }
  } finally {
    udp.close();
    tcp.close();
  }
}
