/** Reloads options under load: each change takes effect within seconds, an invalid file changes nothing, and no query is lost or answered wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import packet from 'dns-packet';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusterPath } from '../conformance/recorded.ts';
import { dnsClient } from '../fakes/dns-client.ts';
import { startProgram, whenReady, type Program } from '../programs/kubezone.ts';
import { startFakeUpstream, type FakeUpstream } from '../fakes/upstream.ts';
import { inWords, startLoad } from './load/load.ts';
import { addresses, verdict, type LoadQuestion } from './load/questions.ts';

const questions: readonly LoadQuestion[] = [
  { name: 'web.shop.svc.cluster.local', type: 'A', right: [addresses('10.96.20.1')] },
  { name: 'absent.shop.svc.cluster.local', type: 'A', right: [verdict(3, [])] },
  { name: 'www.example.test', type: 'A', right: [addresses('192.0.2.80')] },
];

let folder: string;
let program: Program;
let upstreams: FakeUpstream[];
let config: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubezone-'));
  config = join(folder, 'kubezone.yaml');
  upstreams = [await startFakeUpstream(), await startFakeUpstream()];
  write({});
  program = await startProgram(['--config', config, '--manifests', clusterPath, '--lameduck', '0s', '--admin-debug']);
  await whenReady(program);
});
afterEach(async () => {
  await program.stop();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  rmSync(folder, { recursive: true });
});

function write(change: Readonly<Record<string, unknown>>): void {
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ ttl: 30, upstream: [`127.0.0.1:${upstreams[0]!.port}`], 'log-level': 'info', ...change }));
}

async function ask(name: string): Promise<packet.DecodedPacket> {
  const client = await dnsClient(`udp://127.0.0.1:${program.port}`);
  const query = packet.encode({ type: 'query', id: 1, flags: packet.RECURSION_DESIRED, questions: [{ name, type: 'A' }] });
  try {
    const lost = wait(5000).then(() => {
      throw new Error(`no answer for ${name}`);
    });
    return packet.decode(Buffer.from(await Promise.race([client.ask(query), lost])));
  } finally {
    client.close();
  }
}
async function ttlOfWeb(): Promise<number | undefined> {
  const [answer] = (await ask('web.shop.svc.cluster.local')).answers ?? [];
  return answer?.type === 'A' ? answer.ttl : undefined;
}
let names = 0;
/** Queries a new name in `zone`; resolves to whether the upstream was asked. */
async function asks(upstream: FakeUpstream, zone: string): Promise<boolean> {
  const name = `name-${names++}.${zone}`;
  await ask(name);
  return upstream.asked.some((asked) => asked.includes(name));
}
const scrape = async (): Promise<string> => (await fetch(`${program.admin}/metrics`)).text();
const patient = { timeout: 20_000, interval: 200 };

test('TTL, upstreams, zones and log level change, a broken file does not', { timeout: 120_000 }, async () => {
  const load = await startLoad({ port: program.port, rate: 3000, questions });
  write({ ttl: 7 });
  await expect.poll(ttlOfWeb, patient).toBe(7);

  const [, second] = upstreams;
  write({ ttl: 7, upstream: [`127.0.0.1:${second!.port}`] });
  await expect.poll(() => asks(second!, 'example.test'), patient).toBe(true);

  write({ ttl: 7, zones: { 'stub.test': [`127.0.0.1:${upstreams[0]!.port}`] }, upstream: [`127.0.0.1:${second!.port}`] });
  await expect.poll(() => asks(upstreams[0]!, 'stub.test'), patient).toBe(true);

  const reloads = async (): Promise<number> =>
    Number(/^kubezone_config_reloads_total\{result="success"\} (\d+)$/m.exec(await scrape())?.[1]);
  const before = await reloads();
  write({ ttl: 7, 'log-level': 'debug' });
  await expect.poll(reloads, patient).toBe(before + 1);

  writeFileSync(config, 'ttl: 9\nupstream: [nowhere at all]\n');
  await expect.poll(() => program.log.some((line) => /refused.*upstream/.test(String(line.message))), patient).toBe(true);
  expect(await ttlOfWeb()).toBe(7);
  const metrics = await scrape();
  expect(metrics).toMatch(/^kubezone_config_reloads_total\{result="failure"\} 1$/m);
  expect(metrics).toMatch(/^kubezone_config_last_reload_successful 0$/m);

  const result = await load.stop();
  process.stdout.write(`${inWords(result)}\n`);
  expect(result.examples).toEqual([]);
  expect(result).toMatchObject({ lost: 0, wrong: 0 });
});
