/** The detectors in the running program: attacks over sockets appear in the metrics and the log. Unit tests: src/query/detect/detectors.test.ts. */
import { expect, test } from 'vitest';
import { serveRecorded } from '../../conformance/served.ts';
import { dnsClient } from '../../fakes/dns-client.ts';
import { pick, seeded } from '../../fakes/seeded.ts';
import { queryOf } from '../load/questions.ts';
import { until } from '../../fakes/until.ts';

const served = serveRecorded();
const random = seeded(8);
const anyLetters = (count: number): string =>
  Array.from({ length: count }, () => pick(random, 'abcdefghijklmnopqrstuvwxyz'.split(''))).join('');

interface Attack {
  readonly kind: string;
  readonly subject: string;
  readonly from: string;
  readonly count: number;
  readonly question: () => { readonly name: string; readonly type: 'ANY' | 'A' | 'TXT' };
}

const attacks: readonly Attack[] = [
  {
    kind: 'probe',
    subject: '127.0.1.1',
    from: '127.0.1.1',
    count: 12,
    question: () => ({ name: 'cluster.local', type: 'ANY' }),
  },
  {
    kind: 'random-subdomains',
    subject: 'victim.example.test.',
    from: '127.0.1.2',
    count: 600,
    question: () => ({ name: `${anyLetters(10)}.victim.example.test`, type: 'A' }),
  },
  {
    kind: 'tunnel',
    subject: '127.0.1.3 example.test.',
    from: '127.0.1.3',
    count: 150,
    question: () => ({ name: `${anyLetters(50)}.${anyLetters(30)}.t.example.test`, type: 'TXT' }),
  },
];

async function alertsOf(kind: string): Promise<number> {
  const metrics = await (await fetch(`${served.program.admin}/metrics`)).text();
  return Number(new RegExp(`^kubezone_alerts_total\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(metrics)?.[1]);
}

test.each(attacks)('$kind: the counter, and one line in the log', async ({ kind, subject, from, count, question }) => {
  expect(await alertsOf(kind)).toBe(0);
  const client = await dnsClient(`udp://127.0.0.1:${served.port}`, undefined, from);
  for (let id = 0; id < count; id++) {
    const query = queryOf({ ...question(), right: [] });
    query.writeUInt16BE(id, 0);
    await client.ask(query);
  }
  client.close();
  const lines = (): readonly unknown[] => served.program.log.filter(({ alert }) => alert === kind);
  await until(() => lines().length > 0);
  expect(lines()).toMatchObject([{ level: 'warn', alert: kind, subject }]);
  await expect.poll(() => alertsOf(kind)).toBe(1);
});
