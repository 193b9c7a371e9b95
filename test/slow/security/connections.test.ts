/** 5,000 idle and 5,000 slow TCP connections neither disturb clients over UDP nor lock out other clients over TCP. */
import { spawnSync } from 'node:child_process';
import { encode } from 'dns-packet';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serveRecorded } from '../../conformance/served.ts';
import { dnsClient } from '../../fakes/dns-client.ts';
import { addresses } from '../load/questions.ts';
import { inWords, startLoad, type LoadResult } from '../load/load.ts';
import { resident } from '../process-memory.ts';
import { gather } from './crowd.ts';

const EACH_KIND = 5000;
const SECONDS = 5;
const RATE = 500;
const HONEST = 50;
/** Delay that the scheduler of a shared machine may cause now and then, ms. */
const ELSEWHERE = 250;
const NAME = 'web.shop.svc.cluster.local';

/** Hard limit on open descriptors, which Node raises its own limit to. */
const descriptors = Number(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.replace('unlimited', '1000000'));
const served = serveRecorded();

async function overUdp(): Promise<LoadResult> {
  const load = await startLoad({ port: served.port, rate: RATE, questions: [{ name: NAME, type: 'A', right: [addresses('10.96.20.1')] }] });
  await wait(SECONDS * 1000);
  const result = await load.stop();
  console.log(`UDP: ${inWords(result)}`);
  return result;
}

/** Resolves to the time from the handshake to the answer, ms; `from` is the client's own address. */
async function overTcp(from?: string): Promise<number> {
  const began = performance.now();
  const client = await dnsClient(`tcp://127.0.0.1:${served.port}`, undefined, from);
  const query = encode({ type: 'query', id: 1, flags: 0x100, questions: [{ name: NAME, type: 'A' }] });
  const response = await client.ask(query);
  client.close();
  expect(response[7]).toBe(1);
  return performance.now() - began;
}

describe.skipIf(descriptors < 2 * EACH_KIND + 1000)('skipped where a process may have fewer descriptors', () => {
  test.for([
    { kind: EACH_KIND, name: 'of a hundred other clients', each: 100, from: undefined },
    // Twice as many as one address may have; closed connections are opened again within two seconds.
    { kind: 1000, name: "of the honest client's own address", each: 2000, from: '127.0.3.1' },
  ])('$kind idle and as many slow connections $name', async ({ kind, each, from }) => {
    await overTcp(from);
    const control = await overUdp();
    const before = resident(served.program.pid).now;
    const crowd = await gather({ port: served.port, idle: kind, slow: kind, each });
    // A remaining process would keep the tests from ending.
    onTestFinished(() => crowd.stop());
    const gathered = await crowd.count();
    const times: number[] = [];
    const tcp = async (): Promise<void> => {
      for (let i = 0; i < HONEST; i++) times.push(await overTcp(from));
    };
    const [crowded] = await Promise.all([overUdp(), tcp()]);
    const left = await crowd.count();
    const { now } = resident(served.program.pid);
    times.sort((one, other) => one - other);
    console.log(
      `open at first ${gathered.open}, at last ${left.open}, opened ${left.opened} times; resident ${before.toFixed(0)} → ${now.toFixed(0)} MiB; ` +
        `TCP from handshake to answer: median ${times[HONEST / 2]!.toFixed(1)} ms, worst ${times.at(-1)!.toFixed(1)} ms`,
    );
    expect(gathered.opened).toBeGreaterThanOrEqual(2 * kind);
    expect(crowded).toMatchObject({ lost: 0, wrong: 0 });
    expect(crowded.p99).toBeLessThan(2 * control.p99 + ELSEWHERE);
    expect(times).toHaveLength(HONEST);
    expect(times.at(-1)).toBeLessThan(2000);
  });
});
