import packet from 'dns-packet';
import { expect, test } from 'vitest';
import { startFakeUpstream } from '../../test/fakes/upstream.ts';
import { dnsClient } from '../../test/fakes/dns-client.ts';
import { nothingChanges } from '../../test/fakes/update.ts';
import { systemClock, type Clock } from '../../src/clock.ts';
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import { load } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { cellOf, cells } from '../../src/telemetry/cells.ts';
import type { LogLine } from '../../src/telemetry/log.ts';
import { threadCounters } from '../../src/telemetry/shared-memory.ts';
import { Rcode } from '../../src/wire/iana.ts';
import { controlTelemetry } from './control-telemetry.ts';
import { ServingThreads } from './serving-threads.ts';

/** A clock by which no thread is given up. */
const patient: Clock = { ...systemClock, wait: () => new Promise(() => undefined) };

/** Runs `use` with one thread. `catchUp`: the updates from which zones are made anew. */
async function withThread(
  catchUp: () => Iterable<ClusterUpdate>,
  use: (threads: ServingThreads, telemetry: ReturnType<typeof controlTelemetry>, options: Options) => Promise<void>,
  upstream = '127.0.0.1:9',
  log: (line: LogLine) => void = () => undefined,
  argv: readonly string[] = [],
): Promise<void> {
  const loaded = load([`--upstream=${upstream}`, '--log-level=error', ...argv], {}, () => '');
  if ('errors' in loaded) throw new Error('options');
  const { options } = loaded;
  const telemetry = controlTelemetry(options);
  const threads = new ServingThreads({
    count: 1,
    entry: new URL('main.ts', import.meta.url),
    data: (index) => ({
      index,
      options,
      addresses: { listen: [{ host: '127.0.0.1', port: 0 }], listenTls: [], listenHttps: [] },
      sharePorts: false,
      memory: telemetry.memory(index),
      cookieSecrets: [new Uint8Array(16)],
      loopToken: 'token',
    }),
    catchUp,
    current: () => [],
    clock: patient,
    log,
  });
  try {
    await threads.start();
    await use(threads, telemetry, options);
  } finally {
    // With this clock a grace period would never end.
    await threads.close(0);
    await telemetry.close();
  }
}

test('a thread says of every update that it has taken it, and of those its zones are made anew from', async () => {
  let read = 0;
  function* catchUp(): Iterable<ClusterUpdate> {
    for (read = 0; read < 3; read++) yield nothingChanges;
  }
  await withThread(catchUp, async (threads, _, options) => {
    for (let i = 0; i < 5; i++) {
      await new Promise<void>((resolve) => threads.whenTaken(resolve));
      threads.post(nothingChanges);
    }
    threads.reload({ ...options, ttl: 7 });
    await expect.poll(() => read, { timeout: 10_000 }).toBe(3);
  });
}, 20_000);

test.skipIf(process.platform !== 'linux')(
  'a query that was answered a thousand times is answered anew after a change',
  async () => {
    await withThread(
      () => [],
      async (threads, telemetry) => {
        const client = await dnsClient(threads.urls.find((url) => url.startsWith('udp:'))!);
        let id = 0;
        const rcode = async (): Promise<number> => {
          const question = { name: 'late.svc.cluster.local', type: 'A' } as const;
          return (await client.ask(packet.encode({ type: 'query', id: id++, questions: [question] })))[3]! & 0xf;
        };
        threads.post(nothingChanges);
        await expect.poll(rcode).toBe(Rcode.NXDOMAIN);
        const rcodes = new Set<number>();
        while (id < 1500) rcodes.add(await rcode());
        expect([...rcodes]).toEqual([Rcode.NXDOMAIN]);
        expect(threadCounters(telemetry.memory(0).counters)[cellOf('repeated')]).toBeGreaterThan(400);
        threads.post({ ...nothingChanges, serial: 2, namespaces: { added: ['late'], removed: [] } });
        await expect.poll(rcode).toBe(Rcode.NOERROR);
        client.close();
      },
    );
  },
  20_000,
);

test.skipIf(process.platform !== 'linux')(
  'a name outside that is in the cache is answered with TTLs that count down, and anew after a flush, however often it is queried',
  async () => {
    const name = 'www.example.test';
    let data = '192.0.2.1';
    const upstream = await startFakeUpstream(() => ({ rcode: 'NOERROR', answers: [{ name, type: 'A', ttl: 30, data }] }));
    await withThread(
      () => [],
      async (threads, telemetry) => {
        const client = await dnsClient(threads.urls.find((url) => url.startsWith('udp:'))!);
        let id = 0;
        const ask = async (): Promise<packet.StringAnswer | undefined> => {
          const response = await client.ask(packet.encode({ type: 'query', id: id++, flags: 0x100, questions: [{ name, type: 'A' }] }));
          return packet.decode(Buffer.from(response)).answers![0] as packet.StringAnswer | undefined;
        };
        threads.post(nothingChanges);
        const asked = systemClock.monotonic();
        await expect.poll(ask).toMatchObject({ data, ttl: 30 });
        const heard = systemClock.monotonic();
        const ages = new Set<number>();
        while (id < 1500 || ages.size < 3) {
          const before = systemClock.monotonic();
          const age = 30 - (await ask())!.ttl!;
          expect(age).toBeGreaterThanOrEqual(Math.floor((before - heard) / 1000));
          expect(age).toBeLessThanOrEqual(Math.floor((systemClock.monotonic() - asked) / 1000));
          ages.add(age);
        }
        const counters = threadCounters(telemetry.memory(0).counters);
        expect(counters[cellOf('repeated')]).toBeGreaterThan(100);
        // All metrics see each of them.
        const sum = (name: keyof typeof cells): number => {
          const { start, sets } = cells[name];
          return counters.subarray(start, start + sets).reduce((all, one) => all + one, 0);
        };
        expect([sum('requests'), sum('responses'), sum('cacheHits') + sum('cacheMisses') + sum('cacheCoalesced')]).toEqual([id, id, id]);
        data = '192.0.2.2';
        await threads.ask({ kind: 'cache-flush' });
        expect(await ask()).toMatchObject({ data, ttl: 30 });
        expect(upstream.asked.filter((question) => question.includes(name))).toHaveLength(2);
        client.close();
      },
      `127.0.0.1:${upstream.port}`,
    ).finally(() => upstream.close());
  },
  20_000,
);

test('a thread posts lines from the level of its options, and of reloaded ones', async () => {
  const said: string[] = [];
  await withThread(
    () => [],
    async (threads, _, options) => {
      threads.reload({ ...options, hosts: ['/nowhere/before'] });
      threads.reload({ ...options, hosts: ['/nowhere/after'], logLevel: 'warn' });
      await expect.poll(() => said, { timeout: 10_000 }).toContainEqual(expect.stringContaining('/nowhere/after'));
      expect(said.filter((message) => message.includes('/nowhere/before'))).toEqual([]);
    },
    undefined,
    ({ message }) => said.push(message),
  );
}, 20_000);

test('the size that it says it takes, and the limit on what it refuses at once, are those of its options', async () => {
  await withThread(
    () => [],
    async (threads) => {
      const client = await dnsClient(threads.urls.find((url) => url.startsWith('udp:'))!);
      const opt = { type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, options: [] } as unknown as packet.OptAnswer;
      const rcodes = new Set<number>();
      for (let id = 0; id < 10; id++) {
        const query = { id, questions: [{ name: 'cluster.local', type: 'SOA' } as const], additionals: [opt] };
        const response = Buffer.from(await client.ask(packet.encode({ ...query, type: 'query', flags: 4 << 11 })));
        rcodes.add(response[3]! & 0xf);
        expect(packet.decode(response).additionals).toMatchObject([{ udpPayloadSize: 900 }]);
      }
      expect([...rcodes]).toEqual([Rcode.NOTIMP, Rcode.REFUSED]);
      client.close();
    },
    undefined,
    undefined,
    ['--client-rate=1', '--client-burst=2', '--udp-payload=900'],
  );
}, 20_000);
