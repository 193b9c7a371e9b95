/** Sends a thousand queries per second to two real nameservers while the first one becomes silent, dies and returns. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock, systemRandom } from '../../src/clock.ts';
import { makeForward } from '../../src/query/make-forward.ts';
import { noUpstreamObserver } from '../../src/upstream/observer.ts';
import { Rcode } from '../../src/wire/iana.ts';
import { asked } from '../fakes/asked.ts';
import { hasOpenssl, makeCertificate } from '../fakes/certificate.ts';
import { options } from '../fakes/forwarding.ts';
import { isInstalled } from '../fakes/is-installed.ts';
import { startNameserver, type Nameserver } from '../programs/nameserver.ts';

const zone = '$ORIGIN example.test.\n$TTL 300\n@ SOA ns admin 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n* A 192.0.2.1\n';

describe.skipIf(!isInstalled('nsd') || !isInstalled('named') || !hasOpenssl)('nsd first, named second', () => {
  let servers: readonly [Nameserver, Nameserver];
  beforeAll(async () => {
    const certificate = makeCertificate('DNS:dns.example.test');
    const start = (kind: 'nsd' | 'named') => startNameserver(kind, 'example.test', zone, certificate, 'dns.example.test');
    servers = [await start('nsd'), await start('named')];
  });
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  /** Resolves to the latencies of each second in ms, state changes, failures, and answers per upstream. `events` run at the start of their second. */
  async function load(seconds: number, events: Readonly<Record<number, () => unknown>>, upstreams: readonly Nameserver[] = servers) {
    const end = new AbortController();
    const states: string[] = [];
    const answered = [0, 0];
    const observer = {
      ...noUpstreamObserver,
      changed: (upstream: number, state: string) => states.push(`${upstream} ${state}`),
      answered: (upstream: number) => {
        answered[upstream]! += 1;
      },
    };
    const { handler } = makeForward(
      { ...options, upstream: upstreams.map(({ urls }) => urls.udp!) },
      { clock: systemClock, random: systemRandom, observer, signal: end.signal },
    );
    const waits: number[][] = Array.from({ length: seconds }, () => []);
    let failed = 0;
    const start = systemClock.monotonic();
    const asking: Promise<unknown>[] = [];
    for (let nth = 0; nth < seconds * 1000;) {
      const due = Math.min(seconds * 1000, Math.floor(systemClock.monotonic() - start));
      for (; nth < due; nth++) {
        const second = Math.floor(nth / 1000);
        if (nth % 1000 === 0) void events[second]?.();
        const askedAt = systemClock.monotonic();
        const answer = Promise.resolve(handler(asked(`n${nth}.example.test`)));
        asking.push(
          answer.then((outcome) => {
            waits[second]!.push(systemClock.monotonic() - askedAt);
            if (outcome?.rcode !== Rcode.NOERROR) failed++;
          }),
        );
      }
      await wait(1);
    }
    await Promise.all(asking);
    end.abort();
    const summary = waits
      .map((second) => second.sort((a, b) => a - b))
      .map((second) => ({ p99: second[Math.floor(second.length * 0.99)]!, worst: second.at(-1)! }));
    console.log(
      summary.map(({ p99, worst }, index) => `second ${index}: p99 ${p99.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`).join('\n'),
      states.join(', '),
    );
    return { summary, states, failed, answered };
  }

  /** Latency limit: 10 ms, or more when the machine is too busy to achieve that even with only the second nameserver. */
  async function limit(): Promise<number> {
    const { summary } = await load(2, {}, [servers[1]]);
    return Math.max(10, 3 * Math.max(...summary.map(({ p99 }) => p99)));
  }

  test('silent from the start: half a second at most, nothing from the second second on', { retry: 2 }, async () => {
    const most = await limit();
    servers[0].freeze();
    try {
      const { summary, failed } = await load(5, {});
      expect(failed).toBe(0);
      expect(Math.max(...summary.map(({ worst }) => worst))).toBeLessThan(500);
      for (const { p99 } of summary.slice(1)) expect(p99).toBeLessThan(most);
    } finally {
      servers[0].thaw();
    }
  });

  test('silent for three seconds, then back', { retry: 2 }, async () => {
    const most = await limit();
    const { summary, failed, states } = await load(8, { 2: () => servers[0].freeze(), 5: () => servers[0].thaw() });
    expect(failed).toBe(0);
    expect(Math.max(...summary.map(({ worst }) => worst))).toBeLessThan(500);
    for (const { p99 } of summary.slice(3)) expect(p99).toBeLessThan(most);
    expect(states.slice(-3)).toEqual(['0 down', '0 trial', '0 up']);
  });

  test('killed, then started again', { retry: 2 }, async () => {
    const { failed, states, answered } = await load(8, { 2: () => servers[0].kill(), 4: () => servers[0].start() });
    expect(failed).toBe(0);
    expect(states.slice(-3)).toEqual(['0 down', '0 trial', '0 up']);
    // Two seconds before it was killed, and at least one after it came back.
    expect(answered[0]).toBeGreaterThan(3000);
  });
});
