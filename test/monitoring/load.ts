/** Sends queries of every kind to a server at a steady rate: cluster names, missing names, old and new outside names, over UDP and TCP. */
import { setTimeout as wait } from 'node:timers/promises';
import packet from 'dns-packet';
import { dnsClient } from '../fakes/dns-client.ts';

/** dns-packet supports ANY, but its type definitions lack it. */
type Question = readonly [name: string, type: packet.RecordType | 'ANY'];

/** The kinds of questions and the share of each, in percent; `n` counts up. */
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

/** One round of questions, interleaved, with each kind as often as its share. */
const turn: readonly ((n: number) => Question)[] = sorts
  .flatMap(({ share, question }) => Array.from({ length: share }, (_, index) => ({ at: (index + 0.5) / share, question })))
  .toSorted((a, b) => a.at - b.at)
  .map(({ question }) => question);

/** Interval between bursts, ms. */
const PERIOD = 50;

/** Sends about `rate` queries per second until aborted, every tenth over TCP. */
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
        // Unanswered queries are part of the load.
        (n % 10 === 0 ? tcp : udp).ask(message).catch(() => undefined);
      }
      await wait(PERIOD);
    }
  } finally {
    udp.close();
    tcp.close();
  }
}
