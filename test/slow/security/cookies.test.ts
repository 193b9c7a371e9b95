/** DNS cookies with programs that support them, dig, kdig, and BIND forwarding to this server, and with unbound, which may not (RFC 7873). */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { encode } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { serveRecorded } from '../../conformance/served.ts';
import { dnsClient } from '../../fakes/dns-client.ts';
import { hasNamed, startNamed } from '../../programs/named.ts';
import { isInstalled } from '../../fakes/is-installed.ts';

const run = promisify(execFile);
const NAME = 'web.shop.svc.cluster.local';

describe.each([['on'], ['required']])('cookies: %s', (policy) => {
  const served = serveRecorded(['--cookies', policy]);

  /** Runs `act` and returns how often each verdict was given meanwhile. */
  async function verdicts(act: () => Promise<unknown>): Promise<Record<string, number>> {
    const read = async (): Promise<Record<string, number>> => {
      const metrics = await (await fetch(`${served.program.admin}/metrics`)).text();
      const found = metrics.matchAll(/^kubezone_cookies_total\{verdict="([a-z-]+)"\} (\d+)$/gm);
      return Object.fromEntries([...found].map(([, verdict, count]) => [verdict!, Number(count)]));
    };
    const before = await read();
    await act();
    const after = await read();
    return Object.fromEntries(Object.entries(after).map(([verdict, count]) => [verdict, count - (before[verdict] ?? 0)]));
  }

  const required = policy === 'required';

  for (const tool of ['dig', 'kdig'])
    describe.skipIf(spawnSync(tool, ['-h']).error !== undefined)(`${tool} (skipped without it)`, () => {
      const ask = async (...args: string[]): Promise<string> =>
        (await run(tool, ['@127.0.0.1', '-p', String(served.port), '+cookie', ...args, NAME])).stdout;

      test('is answered, where cookies are required after it was given one', async () => {
        let text = '';
        const seen = await verdicts(async () => {
          text = await ask();
        });
        expect(text).toMatch(/status: NOERROR/);
        expect(text).toMatch(/\sA\s+10\.96\.20\.1\n/);
        expect(seen).toMatchObject({ 'client-only': 1, good: required ? 1 : 0, bad: 0 });
      });

      test.runIf(required)('+nobadcookie: BADCOOKIE over UDP, an answer over TCP', async () => {
        expect(await ask('+nobadcookie')).toMatch(/status: BADCOOKIE/);
        expect(await ask('+nobadcookie', '+tcp')).toMatch(/status: NOERROR/);
      });

      test('+nocookie: what does not know cookies is answered', async () => {
        expect(await ask('+nocookie')).toMatch(/status: NOERROR/);
      });
    });

  test.skipIf(!hasNamed)('BIND, which forwards to us, shows the cookie it was given (skipped without named)', async () => {
    const named = await startNamed(
      `recursion yes; forward only; forwarders { 127.0.0.1 port ${served.port}; }; send-cookie yes; max-cache-ttl 3600;`,
      '',
      {},
    );
    try {
      const seen = await verdicts(async () => {
        for (const name of [NAME, 'api.shop.svc.cluster.local', 'kubernetes.default.svc.cluster.local'])
          expect(await answersOf(named.url, name)).toBe(1);
      });
      expect(seen.bad).toBe(0);
      expect(seen.good).toBeGreaterThanOrEqual(2);
    } finally {
      await named.stop();
    }
  });

  test.skipIf(!isInstalled('unbound'))('unbound, which forwards to us, is answered (skipped without unbound)', async () => {
    const unbound = await startUnbound(served.port);
    try {
      const seen = await verdicts(async () => {
        expect(await answersOf(unbound.url, NAME)).toBe(1);
        expect(await answersOf(unbound.url, 'api.shop.svc.cluster.local')).toBe(1);
      });
      expect(seen).toMatchObject({ bad: 0, malformed: 0 });
    } finally {
      await unbound.stop();
    }
  });
});

/** Returns the number of answer records for `name` from the server at `url`; undefined without a response. */
async function answersOf(url: string, name: string): Promise<number | undefined> {
  const client = await dnsClient(url);
  const query = encode({ type: 'query', id: 3, flags: 0x100, questions: [{ name, type: 'A' }] });
  const response = await Promise.race([client.ask(query), wait(5000).then(() => undefined)]);
  client.close();
  return response?.[7];
}

async function startUnbound(upstream: number): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'unbound-'));
  // A free port: one that a client's socket has just released.
  const probe = await dnsClient('udp://127.0.0.1:9');
  const { port } = probe;
  probe.close();
  writeFileSync(
    join(folder, 'conf'),
    `server:
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  interface: 127.0.0.1@${port}
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  module-config: "iterator"
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${upstream}
`,
  );
  const child = spawn('unbound', ['-d', '-c', join(folder, 'conf')], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const url = `udp://127.0.0.1:${port}`;
  for (let tries = 0; tries < 50 && (await Promise.race([answersOf(url, 'localhost'), wait(200)])) === undefined; tries++) await wait(50);
  return {
    url,
    stop: async () => {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
