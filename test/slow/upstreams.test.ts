/** Forwards queries to real nameservers, unbound, NSD and named, over every transport they support. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock, systemRandom } from '../../src/clock.ts';
import { makeForward, type Forwarding, type ForwardingOptions } from '../../src/query/make-forward.ts';
import type { Answer } from '../../src/wire/answer.ts';
import { Rcode } from '../../src/wire/iana.ts';
import { asked } from '../fakes/asked.ts';
import { hasOpenssl, makeCertificate, type Certificate } from '../fakes/certificate.ts';
import { isInstalled } from '../fakes/is-installed.ts';
import { startNameserver, type Nameserver, type NameserverKind } from '../programs/nameserver.ts';

const NAME = 'dns.example.test';
const zone = `$ORIGIN example.test.
$TTL 300
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
www A 192.0.2.80
www A 192.0.2.81
cdn CNAME edge
edge CNAME www
lost CNAME nowhere
mail MX 10 www
${Array.from({ length: 90 }, (_, i) => `big A 10.0.0.${i}`).join('\n')}
`;

/** The questions, and for each the RCODE and the numbers of records in the answer and authority sections. */
const cases: readonly [name: string, type: string, rcode: number, answers: number, authorities: number | 'any'][] = [
  ['www.example.test', 'A', Rcode.NOERROR, 2, 'any'],
  ['WWW.Example.TEST', 'A', Rcode.NOERROR, 2, 'any'],
  ['nope.example.test', 'A', Rcode.NXDOMAIN, 0, 1],
  ['www.example.test', 'TXT', Rcode.NOERROR, 0, 1],
  ['cdn.example.test', 'A', Rcode.NOERROR, 4, 'any'],
  ['cdn.example.test', 'CNAME', Rcode.NOERROR, 1, 'any'],
  ['lost.example.test', 'A', Rcode.NXDOMAIN, 1, 1],
  ['cdn.example.test', 'MX', Rcode.NOERROR, 2, 1],
  ['mail.example.test', 'MX', Rcode.NOERROR, 1, 'any'],
  ['big.example.test', 'A', Rcode.NOERROR, 90, 'any'],
];

let folder: string;
let certificate: Certificate;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubezone-upstreams-'));
  if (hasOpenssl) certificate = makeCertificate(`DNS:${NAME}`);
  if (hasOpenssl) writeFileSync(join(folder, 'ca.pem'), certificate.cert);
});
afterAll(() => rmSync(folder, { recursive: true }));

function forwardTo(urls: readonly string[], changes: Partial<ForwardingOptions> = {}): Forwarding & Disposable {
  const end = new AbortController();
  const options: ForwardingOptions = {
    upstream: urls,
    zones: {},
    resolvConf: '/nonexistent/resolv.conf',
    policy: 'sequential',
    upstreamBudget: 5000,
    maxConcurrent: 1000,
    caseRandomization: true,
    upstreamCa: join(folder, 'ca.pem'),
    ...changes,
  };
  const forwarding = makeForward(options, { clock: systemClock, random: systemRandom, signal: end.signal });
  return { ...forwarding, [Symbol.dispose]: () => end.abort() };
}

const ask = async (forwarding: Forwarding, name: string, type: string): Promise<Answer> => (await forwarding.handler(asked(name, type)))!;

describe.each(['unbound', 'nsd', 'named'] as const satisfies NameserverKind[])('%s', (kind) => {
  describe.skipIf(!isInstalled(kind) || !hasOpenssl)('', () => {
    let server: Nameserver;
    beforeAll(async () => {
      server = await startNameserver(kind, 'example.test', zone, certificate, NAME);
    });
    afterAll(() => server.close());

    describe.each(['udp', 'tcp', 'tls', 'https'] as const)('%s', (scheme) => {
      test.each(cases)('%s %s', async (name, type, rcode, answers, authorities) => {
        const url = server.urls[scheme];
        if (url === undefined) return;
        using forwarding = forwardTo([url]);
        const answer = await ask(forwarding, name, type);
        expect(answer).toMatchObject({ rcode, answers, additionals: 0, authoritative: false });
        if (authorities !== 'any') expect(answer.authorities).toBe(authorities);
        // The two aliases of cdn lead to two addresses.
        const addresses = type !== 'A' || rcode !== Rcode.NOERROR ? 0 : name.startsWith('cdn') ? 2 : answers;
        expect(answer.rotating).toBe(addresses);
      });
    });

    test.each(['tls', 'https'] as const)('%s with a certificate of another authority, or for another name, is refused', async (scheme) => {
      const url = server.urls[scheme];
      if (url === undefined) return;
      writeFileSync(join(folder, 'other.pem'), makeCertificate(`DNS:${NAME}`).cert);
      using stranger = forwardTo([url], { upstreamCa: join(folder, 'other.pem') });
      using misnamed = forwardTo([url.replace(NAME, 'other.example.test')]);
      for (const forwarding of [stranger, misnamed]) {
        const { rcode, extendedError } = await ask(forwarding, 'www.example.test', 'A');
        expect(rcode).toBe(Rcode.SERVFAIL);
        expect(extendedError!.text).toMatch(/certificate|altnames/i);
      }
    });

    test('a name of nowhere is a failure in time, or refused, never an answer', async () => {
      using forwarding = forwardTo([server.urls.udp!], { upstreamBudget: 2000 });
      const answer = await ask(forwarding, 'www.elsewhere.invalid', 'A');
      expect([Rcode.SERVFAIL, Rcode.NXDOMAIN]).toContain(answer.rcode);
    });
  });
});
