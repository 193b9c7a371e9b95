/** One client floods the server with queries for random outside names: another client's failures and p99 stay within twice those of the control. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../fakes/certificate.ts';
import { isInstalled } from '../../fakes/is-installed.ts';
import { startNameserver, type Nameserver } from '../../programs/nameserver.ts';
import { startProgram, whenReady, type Program } from '../../programs/kubezone.ts';
import { clusterPath } from '../../conformance/recorded.ts';
import { startFlood } from '../load/flood.ts';
import { inWords, startLoad } from '../load/load.ts';
import { addresses, type LoadQuestion } from '../load/questions.ts';
import { flooded } from './flooded.ts';

/** A rate that a machine with two cores can send and answer beside other work; set GREEDY_RATE=50000 by hand for as many as it can send. */
const RATE = Number(process.env.GREEDY_RATE ?? 10_000);
const SECONDS = 6;
/** A typical pod's query rate. */
const HONEST_RATE = 100;
/** Delay that the scheduler of a shared machine may cause now and then, ms. */
const ELSEWHERE = 250;
const zone = `$ORIGIN example.test.
$TTL 300
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
* A 192.0.2.1
`;

/** Half of the names are in the cluster; the others are outside, and asked for once in each phase. */
const questions = (phase: string): LoadQuestion[] =>
  Array.from({ length: 2 * SECONDS * HONEST_RATE }, (_, index): LoadQuestion => {
    return index % 2 === 0
      ? { name: 'web.shop.svc.cluster.local', type: 'A', right: [addresses('10.96.20.1')] }
      : { name: `${phase}${index}.example.test`, type: 'A', right: [addresses('192.0.2.1')] };
  });

describe.skipIf(!isInstalled('nsd') || !hasOpenssl)('with NSD as upstream (skipped without it)', () => {
  let upstream: Nameserver;
  let program: Program;
  beforeAll(async () => {
    upstream = await startNameserver('nsd', 'example.test', zone, makeCertificate('DNS:ns.example.test'), 'ns.example.test');
    program = await startProgram(['--manifests', clusterPath, '--upstream', upstream.urls.udp!, '--lameduck', '0s']);
    await whenReady(program);
  });
  afterAll(async () => {
    await program.stop();
    await upstream.close();
  });

  // First: in a process that has just started, what a question to upstreams runs is not compiled yet.
  test(`the first seconds of ${RATE} a second of random outside names, for a client that asks for names of the cluster`, async () => {
    const inside = questions('first').filter(({ name }) => name.endsWith('cluster.local'));
    const honest = await startLoad({ port: program.port, from: '127.0.2.1', rate: 3 * HONEST_RATE, clients: 8, questions: inside });
    await wait(1000);
    const flood = await startFlood({ port: program.port, from: ['127.0.1.1'], rate: RATE, name: '*.example.test' });
    await wait(2000);
    const result = await honest.stop();
    await flood.stop();
    console.log(`honest, as the flood begins: ${inWords(result)}`);
    expect(result.lost + result.wrong, result.examples.join('\n')).toBe(0);
    expect(result.p99).toBeLessThan(ELSEWHERE);
  });

  test(`${RATE} a second of random outside names from one client`, async () => {
    const { control, attacked } = await flooded(
      { port: program.port, from: '127.0.2.1', rate: HONEST_RATE, questions },
      { port: program.port, from: ['127.0.1.1'], rate: RATE, name: '*.example.test' },
      SECONDS,
    );
    const failed = ({ lost, wrong }: typeof control): number => lost + wrong;
    expect(failed(attacked), attacked.examples.join('\n')).toBeLessThanOrEqual(2 * failed(control));
    expect(attacked.p99).toBeLessThan(2 * control.p99 + ELSEWHERE);
  });
});
