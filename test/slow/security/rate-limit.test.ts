/** A forged flood for one name: the flooded prefix gets its limit and every second further answer truncated; other clients get all their answers. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'dns-packet';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { serveRecorded } from '../../conformance/served.ts';
import { dnsClient } from '../../fakes/dns-client.ts';
import { addresses, type LoadQuestion } from '../load/questions.ts';
import { flooded } from './flooded.ts';

const LIMIT = 20;
const SECONDS = 6;
/** Delay that the scheduler of a shared machine may cause now and then, ms. */
const ELSEWHERE = 250;
/** Each name is queried twice per second, so that the limit does not apply. */
const HOSTS = Array.from({ length: 50 }, (_, index) => ({ name: `host-${index}.shop.example`, address: `10.1.2.${index}` }));
const hostsFile = join(mkdtempSync(join(tmpdir(), 'kubezone-rates-')), 'hosts');
writeFileSync(hostsFile, HOSTS.map(({ name, address }) => `${address} ${name}\n`).join(''));
const served = serveRecorded(['--rate-limit', String(LIMIT), '--hosts', hostsFile]);

const flooder = Array.from({ length: 8 }, (_, index) => `127.0.1.${index + 1}`);
const FLOODED = 'web.shop.svc.cluster.local';
const questions = HOSTS.map(({ name, address }): LoadQuestion => ({ name, type: 'A', right: [addresses(address)] }));

test('20,000 a second of one name from one prefix', async () => {
  let honest: readonly string[] = [];
  const result = await flooded(
    { port: served.port, from: '127.0.2.1', rate: 100, questions: () => questions },
    { port: served.port, from: flooder, rate: 20_000, name: FLOODED },
    SECONDS,
    async () => {
      await wait(1000);
      honest = await askAsResolver('127.0.1.77', FLOODED);
    },
  );
  const { flood, attacked, control } = result;
  const answered = flood.answered[0] ?? 0;
  console.log(`in the flooded prefix: ${honest.join(', ')}`);
  // The seconds begun at the start and at the end count too.
  expect(answered).toBeLessThanOrEqual(LIMIT * (Math.ceil(flood.seconds) + 1));
  expect(answered).toBeGreaterThanOrEqual(LIMIT);
  const limited = flood.sent - answered;
  // Each of the resolver's queries may have taken a turn in which the answer is dropped.
  expect(flood.truncated).toBeLessThanOrEqual((limited + honest.length) / 2 + 1);
  expect(flood.truncated).toBeGreaterThan(limited / 4);
  expect(attacked).toMatchObject({ lost: 0, wrong: 0 });
  expect(attacked.p99).toBeLessThan(2 * control.p99 + ELSEWHERE);
  expect(honest.at(-1)).toBe('answered over TCP');
});

/** Queries as a resolver does: over UDP until a response comes, then over TCP if it is truncated. Returns what happened. */
async function askAsResolver(from: string, name: string): Promise<string[]> {
  const happened: string[] = [];
  const message = encode({ type: 'query', id: 7, flags: 0x100, questions: [{ name, type: 'A' }] });
  const ask = async (transport: string, patience: number): Promise<Uint8Array | undefined> => {
    const client = await dnsClient(`${transport}://127.0.0.1:${served.port}`, undefined, from);
    const response = await Promise.race([client.ask(message), wait(patience).then(() => undefined)]);
    client.close();
    return response;
  };
  for (let tries = 0; tries < 20; tries++) {
    const response = await ask('udp', 300);
    if (response === undefined) {
      happened.push('nothing');
      continue;
    }
    if ((response[2]! & 0x02) === 0) return [...happened, 'answered over UDP'];
    const overTcp = await ask('tcp', 5000);
    return [...happened, 'truncated', overTcp?.[7] === 1 ? 'answered over TCP' : 'nothing over TCP'];
  }
  return happened;
}
