/** Hundreds of queries for new outside names at once, to a program that has just started: each is answered, and none is dropped as a flood. */
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dnsClient, type DnsClient } from '../fakes/dns-client.ts';
import { startProgram, whenReady, type Program } from '../programs/kubezone.ts';
import { startFakeUpstream, type FakeUpstream } from '../fakes/upstream.ts';

/** Outstanding queries of one client, such as a node-local cache after a restart of this server. */
const AT_ONCE = 400;
const QUESTIONS = 6000;
/** Time after which a client gives up, ms. */
const PATIENCE = 5000;

let upstream: FakeUpstream;
let program: Program;
let client: DnsClient;
beforeEach(async () => {
  upstream = await startFakeUpstream((name) => ({ rcode: 'NOERROR', answers: [{ name, type: 'A', ttl: 300, data: '192.0.2.1' }] }));
});

/** `buffer` is the size of the receive buffer; most systems allow a pod at most 208 KiB (net.core.rmem_max). */
async function start(buffer: string): Promise<void> {
  program = await startProgram(['--upstream', `127.0.0.1:${upstream.port}`, '--lameduck', '0s', '--udp-receive-buffer', buffer]);
  await whenReady(program);
  client = await dnsClient(`udp://127.0.0.1:${program.port}`);
}
afterEach(async () => {
  client.close();
  await program.stop();
  await upstream.close();
});

test.for(['4MiB', '208KiB'])(`${QUESTIONS} names, ${AT_ONCE} at once, with a receive buffer of %s`, async (buffer) => {
  await start(buffer);
  const rcodes = new Map<string, number>();
  let asked = 0;
  const askOn = async (): Promise<void> => {
    while (asked < QUESTIONS) {
      const id = asked++;
      const questions = [{ name: `name-${id}.example.test`, type: 'A' as const }];
      const query = encode({ type: 'query', id, flags: RECURSION_DESIRED, questions });
      const response = await Promise.race([client.ask(query), wait(PATIENCE, undefined, { ref: false })]);
      const { rcode } = response === undefined ? { rcode: 'lost' } : (decode(Buffer.from(response)) as unknown as { rcode: string });
      rcodes.set(rcode, (rcodes.get(rcode) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askOn));
  expect(Object.fromEntries(rcodes)).toEqual({ NOERROR: QUESTIONS });
});
