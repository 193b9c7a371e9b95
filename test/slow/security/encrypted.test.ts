/** DNS over TLS (RFC 7858) and HTTPS (RFC 8484) with kdig, curl, dnsperf and a browser; and a certificate that is renewed while clients query. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { encode } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterPath } from '../../conformance/recorded.ts';
import { hasOpenssl, makeCertificate } from '../../fakes/certificate.ts';
import { dnsClient } from '../../fakes/dns-client.ts';
import { isInstalled } from '../../fakes/is-installed.ts';
import { startProgram, whenReady, type Program } from '../../programs/kubezone.ts';
import { startFakeUpstream, type FakeUpstream } from '../../fakes/upstream.ts';
import { until } from '../../fakes/until.ts';

const run = promisify(execFile);
const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(isInstalled);
/** Name of a web site on this machine, which only our upstream knows. */
const SITE = 'site.example.test';
const NAME = 'web.shop.svc.cluster.local';

describe.skipIf(!hasOpenssl)('with a certificate (skipped without openssl)', () => {
  let folder: string;
  let upstream: FakeUpstream;
  let program: Program;
  let site: Server;
  let tlsUrl: string;
  let httpsUrl: string;
  const at = (file: string): string => join(folder, file);
  const sitePort = (): number => (site.address() as AddressInfo).port;

  function renew(): string {
    const { cert, key } = makeCertificate('IP:127.0.0.1', 'DNS:dns.example.test');
    writeFileSync(at('key.pem'), key);
    writeFileSync(at('cert.pem'), cert);
    return cert;
  }

  let certificate: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kubezone-'));
    certificate = renew();
    site = createServer((_, response) => response.end('<p>reached by name</p>')).listen(0, '127.0.0.1');
    await once(site, 'listening');
    upstream = await startFakeUpstream((name, type) => {
      const known = name === SITE && type === 'A';
      return { rcode: 'NOERROR', answers: known ? [{ name, type: 'A', ttl: 60, data: '127.0.0.1' }] : [] };
    });
    const encrypted = [
      '--listen-tls',
      '127.0.0.1:0',
      '--listen-https',
      '127.0.0.1:0',
      '--tls-cert',
      at('cert.pem'),
      '--tls-key',
      at('key.pem'),
    ];
    program = await startProgram([
      '--manifests',
      clusterPath,
      '--upstream',
      `127.0.0.1:${upstream.port}`,
      '--lameduck',
      '0s',
      ...encrypted,
    ]);
    await whenReady(program);
    const { urls } = program.log.find(({ message }) => message === 'serving') as { urls: string[] };
    [tlsUrl, httpsUrl] = ['tls:', 'https:'].map((scheme) => urls.find((url) => url.startsWith(scheme))!) as [string, string];
  }, 30_000);
  afterAll(async () => {
    await program.stop();
    await upstream.close();
    site.close();
    rmSync(folder, { recursive: true });
  });

  test.skipIf(!isInstalled('kdig')).each([
    ['+tls', () => tlsUrl, /TLS session/],
    ['+https', () => httpsUrl, /HTTP session \(HTTP\/2-POST\)/],
    ['+https-get', () => httpsUrl, /HTTP session \(HTTP\/2-GET\)/],
  ] as const)('kdig %s', async (flag, url, session) => {
    const port = new URL(url()).port;
    const args = ['@127.0.0.1', '-p', port, flag, `+tls-ca=${at('cert.pem')}`, '+tls-hostname=dns.example.test', '+padding', NAME];
    const { stdout } = await run('kdig', args);
    expect(stdout).toMatch(session);
    expect(stdout).toMatch(/status: NOERROR/);
    expect(stdout).toMatch(/\sA\s+10\.96\.20\.1\n/);
    // RFC 8467: responses are padded to a multiple of 468 octets.
    expect(Number(/Received (\d+) B/.exec(stdout)![1]) % 468).toBe(0);
  });

  test.skipIf(!isInstalled('curl'))('curl --doh-url reaches a site by its name', async () => {
    const args = ['--silent', '--show-error', '--cacert', at('cert.pem'), '--doh-url', new URL('/dns-query', httpsUrl).href];
    const { stdout } = await run('curl', [...args, `http://${SITE}:${sitePort()}/`]);
    expect(stdout).toContain('reached by name');
    expect(upstream.asked.filter((question) => question.includes(SITE))).not.toEqual([]);
  });

  test.skipIf(browser === undefined)('a headless browser whose names come by HTTPS alone reaches it too', async () => {
    const profile = mkdtempSync(join(tmpdir(), 'browser-'));
    const templates = new URL('/dns-query', httpsUrl).href;
    writeFileSync(join(profile, 'Local State'), JSON.stringify({ dns_over_https: { mode: 'secure', templates } }));
    const quiet = ['quic', 'background-networking', 'component-update', 'sync', 'gpu'].map((what) => `--disable-${what}`);
    const flags = ['--headless', '--no-sandbox', '--no-first-run', '--ignore-certificate-errors', ...quiet, `--user-data-dir=${profile}`];
    const before = await queriesBy('https');
    try {
      const { stdout } = await run(browser!, [...flags, '--dump-dom', `http://${SITE}:${sitePort()}/`], { timeout: 60_000 });
      expect(stdout).toContain('reached by name');
      expect(await queriesBy('https')).toBeGreaterThan(before);
    } finally {
      rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
    }
  });

  test.skipIf(!isInstalled('dnsperf')).each([
    ['dot', () => tlsUrl],
    ['doh', () => httpsUrl],
  ] as const)('dnsperf -m %s, many questions on one connection at once', async (mode, url) => {
    writeFileSync(at('questions'), `${NAME} A\n`);
    const { host, port } = new URL(url());
    const path = mode === 'doh' ? ['-O', `doh-uri=https://${host}/dns-query`] : [];
    const load = ['-d', at('questions'), '-c', '1', '-q', '100', '-Q', '1000', '-l', '2'];
    const { stdout } = await run('dnsperf', ['-s', '127.0.0.1', '-p', port, '-m', mode, ...path, ...load]);
    expect(Number(/Queries sent: +(\d+)/.exec(stdout)?.[1])).toBeGreaterThan(100);
    expect(stdout).toMatch(/Queries lost: +0 /);
    expect(stdout).toMatch(/Response codes: +NOERROR \d+ \(100\.00%\)\n/);
  });

  test('a renewed certificate: who comes then sees it, who was there is answered on', async () => {
    const [overTls, overHttps] = await Promise.all([dnsClient(tlsUrl, certificate), dnsClient(httpsUrl, certificate)]);
    const old = await shownBy(tlsUrl);
    const ask = async (id: number): Promise<void> => {
      const query = encode({ type: 'query', id, flags: 0x100, questions: [{ name: NAME, type: 'A' }] });
      for (const client of [overTls, overHttps]) expect((await client.ask(query))[7]).toBe(1);
    };
    let id = 0;
    await ask(id++);
    const next = renew();
    await untilShown(
      async () => (await shownBy(tlsUrl)) !== old,
      () => ask(id++),
    );
    for (const url of [tlsUrl, httpsUrl]) {
      const client = await dnsClient(url, next);
      client.close();
    }
    await ask(id++);

    // A key that belongs to another certificate: the one in use stays, and the problem is logged.
    const renewed = await shownBy(tlsUrl);
    writeFileSync(at('key.pem'), makeCertificate('IP:127.0.0.1').key);
    await until(() => program.log.some(({ level, message }) => level !== 'info' && /certificate/.test(String(message))), {
      between: () => ask(id++),
    });
    expect(await shownBy(tlsUrl)).toBe(renewed);
    await ask(id++);
    overTls.close();
    overHttps.close();
  });

  async function queriesBy(protocol: string): Promise<number> {
    const metrics = await (await fetch(`${program.admin}/metrics`)).text();
    const counts = metrics.matchAll(new RegExp(`^kubezone_dns_requests_total\\{[^}]*"${protocol}"[^}]*\\} (\\d+)$`, 'gm'));
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }
});

/** The fingerprint of the certificate that a new connection gets. */
async function shownBy(url: string): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port: Number(new URL(url).port), rejectUnauthorized: false, ALPNProtocols: ['dot'] });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

async function untilShown(holds: () => Promise<boolean>, between: () => Promise<void>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('the renewed certificate was not shown within 20 s');
    await between();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
