/** One test body for all exchanges: each asks a nameserver on loopback, over sockets. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { decode } from 'dns-packet';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate, type Certificate } from '../../test/fakes/certificate.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { startHttpsUpstream, startTlsUpstream } from '../../test/fakes/secure-upstream.ts';
import { unaborted } from '../../test/fakes/unaborted.ts';
import { until } from '../../test/fakes/until.ts';
import { recordedUpstream, startFakeUpstream, type Says } from '../../test/fakes/upstream.ts';
import { systemClock } from '../clock.ts';
import { UdpPeers } from '../server/udp-peers.ts';
import { nameFromText } from '../wire/name.ts';
import { writeQuestion } from '../wire/question.ts';
import type { ConnectUdp } from './datagrams.ts';
import { exchangeFor, parseEndpoint, type ExchangeOptions } from './endpoint.ts';
import { ExchangeError, type Exchange } from './exchange.ts';
import { httpsExchange } from './https.ts';

const NAME = 'dns.example.test';
const cleanUp: (() => unknown)[] = [];
let certificate: Certificate;

beforeAll(() => {
  if (hasOpenssl) certificate = makeCertificate(`DNS:${NAME}`);
});
afterEach(async () => {
  for (const end of cleanUp.splice(0).reverse()) await end();
});

function exchangeTo(
  url: string,
  {
    ca = certificate.cert,
    randomCase = true,
    dropped = () => undefined,
    asked = () => undefined,
    connectUdp,
    clock = systemClock,
  }: Partial<Pick<ExchangeOptions, 'ca' | 'randomCase' | 'dropped' | 'asked' | 'connectUdp' | 'clock'>> = {},
): Exchange {
  const exchange = exchangeFor(parseEndpoint(url), { clock, randomCase, dropped, asked, ca, connectUdp });
  cleanUp.push(() => exchange[Symbol.dispose]());
  return exchange;
}

function question(name: string, type = 1): Uint8Array {
  return writeQuestion({ name: nameFromText(name)!, type, dnssecOk: false, checkingDisabled: false }, 0, 1232);
}

/** As in a serving thread with batched UDP. */
const byLibc: ConnectUdp | undefined = process.platform === 'linux' ? libcPeers() : undefined;

function libcPeers(): ConnectUdp {
  const peers = new UdpPeers();
  return (...peer) => peers.connect(...peer);
}

interface Transport {
  readonly secure: boolean;
  readonly connectUdp?: ConnectUdp | undefined;
  /** Starts a nameserver; resolves to its URL. */
  start(says?: Says): Promise<string>;
}

const transports: Readonly<Record<string, Transport>> = {
  udp: { secure: false, start: async (says) => `udp://127.0.0.1:${(await kept(startFakeUpstream(says))).port}` },
  ...(byLibc && {
    'udp through libc': {
      secure: false,
      connectUdp: byLibc,
      start: async (says) => `udp://127.0.0.1:${(await kept(startFakeUpstream(says))).port}`,
    },
  }),
  tcp: { secure: false, start: async (says) => `tcp://127.0.0.1:${(await kept(startFakeUpstream(says))).port}` },
  tls: { secure: true, start: async (says) => `tls://127.0.0.1:${(await kept(startTlsUpstream(certificate, says))).port}#${NAME}` },
  https: {
    secure: true,
    start: async (says) => `https://127.0.0.1:${(await kept(startHttpsUpstream(certificate, says))).port}/dns-query#${NAME}`,
  },
};

async function kept<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  cleanUp.push(() => server.close());
  return server;
}

describe.each(Object.entries(transports))('%s', (_, { secure, start, connectUdp }) => {
  describe.skipIf(secure && !hasOpenssl)('', () => {
    test('gives the reply, a big one too', async () => {
      const exchange = exchangeTo(await start(), { connectUdp });
      for (const [name, answers] of [
        ['www.example.test', 1],
        ['big.example.test', 199],
        ['nope.example.test', 0],
      ] as const) {
        const reply = decode(Buffer.from(await exchange(question(name), unaborted())));
        expect(reply.answers).toHaveLength(answers);
        expect(reply.questions![0]!.name.toLowerCase()).toBe(name);
      }
    });

    test('a hundred questions at once', async () => {
      const exchange = exchangeTo(await start((name) => ({ rcode: 'NOERROR', answers: [{ name, type: 'TXT', ttl: 1, data: name }] })), {
        connectUdp,
      });
      const names = Array.from({ length: 100 }, (_, i) => `n${i}.test`);
      const replies = await Promise.all(names.map((name) => exchange(question(name, 16), unaborted())));
      expect(replies.map((reply) => decode(Buffer.from(reply)).questions![0]!.name.toLowerCase())).toEqual(names);
    });

    test('is given up when the signal says so, and does not harm the next question', async () => {
      const exchange = exchangeTo(await start((name, type) => (name === 'silent.test' ? undefined : recordedUpstream(name, type))), {
        connectUdp,
      });
      const control = new AbortController();
      const asking = exchange(question('silent.test'), control.signal);
      await exchange(question('www.example.test'), unaborted());
      control.abort(new Error('enough'));
      await expect(asking).rejects.toThrow('enough');
      await expect(exchange(question('www.example.test'), control.signal)).rejects.toThrow('enough');
      await expect(exchange(question('www.example.test'), unaborted())).resolves.toBeDefined();
    });

    test('nobody there: unreachable', async () => {
      const url = await start();
      for (const end of cleanUp.splice(0).reverse()) await end();
      await expect(exchangeTo(url, { connectUdp })(question('www.example.test'), unaborted())).rejects.toMatchObject({
        why: 'unreachable',
      });
    });
  });
});

describe.each([
  { scheme: 'udp', connectUdp: undefined },
  { scheme: 'udp', connectUdp: byLibc },
  { scheme: 'tcp', connectUdp: undefined },
])('$scheme', ({ scheme, connectUdp }) => {
  // The kernel refuses it at once, as it does any address without a route.
  test('an address that cannot be connected to: unreachable', async () => {
    await expect(
      exchangeTo(`${scheme}://255.255.255.255:53`, { connectUdp })(question('www.example.test'), unaborted()),
    ).rejects.toMatchObject({
      why: 'unreachable',
    });
  });
});

describe.skipIf(!hasOpenssl)('certificates', () => {
  const starts = { tls: startTlsUpstream, https: startHttpsUpstream };
  const cases: readonly [title: string, scheme: 'tls' | 'https', name: string, trusted: boolean][] = [
    ['of another authority', 'tls', NAME, false],
    ['of another authority', 'https', NAME, false],
    ['for another name', 'tls', 'other.example.test', true],
    ['for another name', 'https', 'other.example.test', true],
  ];
  test.each(cases)('%s is refused by %s', async (_, scheme, name, trusted) => {
    const { port } = await kept<Awaited<ReturnType<typeof startTlsUpstream>>>(starts[scheme](certificate));
    const exchange = exchangeTo(
      `${scheme}://127.0.0.1:${port}/dns-query#${name}`.replace(scheme === 'tls' ? '/dns-query' : '', ''),
      trusted ? {} : { ca: makeCertificate(`DNS:${NAME}`).cert },
    );
    const failure = await exchange(question('www.example.test'), unaborted()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ why: 'tls' });
    // Node.js names a flag of its own.
    expect(String(failure)).toMatch(trusted ? /altnames/ : /self-signed certificate; --upstream-ca names the authorities to trust$/);
  });

  test.each(['tls', 'https'] as const)('%s trusts nobody where the authorities are a text without a certificate', async (scheme) => {
    const { port } = await kept<Awaited<ReturnType<typeof startTlsUpstream>>>(starts[scheme](certificate));
    const url = scheme === 'tls' ? `tls://127.0.0.1:${port}#${NAME}` : `https://127.0.0.1:${port}/dns-query#${NAME}`;
    await expect(exchangeTo(url, { ca: 'nobody' })(question('www.example.test'), unaborted())).rejects.toMatchObject({ why: 'tls' });
  });

  test.each(['tls', 'https'] as const)('%s keeps its connection, and opens another when that is reset', async (scheme) => {
    const server = await kept<Awaited<ReturnType<typeof startTlsUpstream>>>(starts[scheme](certificate));
    const told: boolean[] = [];
    const exchange = exchangeTo(
      scheme === 'tls' ? `tls://127.0.0.1:${server.port}#${NAME}` : `https://127.0.0.1:${server.port}/dns-query#${NAME}`,
      { asked: (kept) => void told.push(kept) },
    );
    for (let i = 0; i < 3; i++) await exchange(question('www.example.test'), unaborted());
    expect(server.connections).toBe(1);
    expect(told).toEqual([false, true, true]);
    server.reset();
    for (let i = 0; i < 3; i++) await exchange(question('www.example.test'), unaborted());
    expect(server.connections).toBe(2);
  });

  test.each(['tls', 'https'] as const)(
    '%s: each of 40 questions at once has its reply though a connection is closed after one',
    async (scheme) => {
      const url =
        scheme === 'tls'
          ? `tls://127.0.0.1:${(await kept(startTlsUpstream(certificate, recordedUpstream, 1))).port}#${NAME}`
          : `https://127.0.0.1:${(await kept(startHttpsUpstream(certificate, recordedUpstream, undefined, 1))).port}/dns-query#${NAME}`;
      const exchange = exchangeTo(url);
      const replies = await Promise.all(Array.from({ length: 40 }, () => exchange(question('www.example.test'), unaborted())));
      expect(replies.map((reply) => decode(Buffer.from(reply)).answers?.length)).toEqual(Array<number>(40).fill(1));
    },
  );

  test.each([
    ['application/dns-message; charset=utf-8', true],
    ['Application/DNS-Message', true],
    ['text/html', false],
    ['application/dns-message-not', false],
  ])('content type %s is that of an answer: %s', async (mediaType, right) => {
    const { port } = await kept(startHttpsUpstream(certificate, recordedUpstream, undefined, undefined, mediaType));
    const asking = exchangeTo(`https://127.0.0.1:${port}/dns-query#${NAME}`)(question('www.example.test'), unaborted());
    if (right) await expect(asking).resolves.toBeDefined();
    else await expect(asking).rejects.toMatchObject({ why: 'http' });
  });

  test('the time that an answer spent in a cache on the way counts (RFC 8484 section 5.1)', async () => {
    const answers = [{ name: 'www.example.test', type: 'A', ttl: 20, data: '192.0.2.1' } as const];
    const says = (): ReturnType<Says> => ({ rcode: 'NOERROR', answers });
    const { port } = await kept(startHttpsUpstream(certificate, says, undefined, undefined, undefined, { age: '15' }));
    const reply = await exchangeTo(`https://127.0.0.1:${port}/dns-query#${NAME}`)(question('www.example.test'), unaborted());
    expect(decode(Buffer.from(reply)).answers).toMatchObject([{ ttl: 5 }]);
  });

  test('a body that is longer than a message is a failure, and no broken connection', async () => {
    const answers = Array.from({ length: 2500 }, () => ({ name: 'www.example.test', type: 'A', ttl: 1, data: '192.0.2.1' }) as const);
    const server = await kept(startHttpsUpstream(certificate, () => ({ rcode: 'NOERROR', answers })));
    await expect(
      exchangeTo(`https://127.0.0.1:${server.port}/dns-query#${NAME}`)(question('www.example.test'), unaborted()),
    ).rejects.toMatchObject({ why: 'http', message: expect.stringContaining('65535') as unknown });
    expect(server.connections).toBe(1);
  });

  test('a session that does not even open for two seconds gives way to a new one, and its question is asked again there', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    cleanUp.push(() => silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const clock = fakeClock();
    const told: boolean[] = [];
    const exchange = exchangeTo(`https://127.0.0.1:${port}/dns-query#${NAME}`, { clock, asked: (kept) => void told.push(kept) });
    const control = new AbortController();
    const asking = [exchange(question('www.example.test'), control.signal)];
    await clock.advance(2001);
    asking.push(exchange(question('mail.example.test'), control.signal));
    await until(() => told.length === 3);
    expect(told).toEqual([false, false, true]);
    control.abort(new Error('enough'));
    for (const each of asking) await expect(each).rejects.toThrow('enough');
  });

  test('a session that is idle is closed, and a new one opened for the next question', async () => {
    const { port } = await kept(startHttpsUpstream(certificate));
    const url = new URL(`https://127.0.0.1:${port}/dns-query`);
    const told: boolean[] = [];
    const asked = (isKept: boolean): void => void told.push(isKept);
    const exchange = httpsExchange({ url, serverName: NAME, ca: certificate.cert, clock: systemClock, asked, idle: 500 });
    cleanUp.push(() => exchange[Symbol.dispose]());
    await exchange(question('www.example.test'), unaborted());
    await wait(800);
    await exchange(question('www.example.test'), unaborted());
    expect(told).toEqual([false, false]);
  });

  test('an HTTP error is a failure, not an answer', async () => {
    const { port } = await kept(startHttpsUpstream(certificate, recordedUpstream, () => 503));
    await expect(
      exchangeTo(`https://127.0.0.1:${port}/dns-query#${NAME}`)(question('www.example.test'), unaborted()),
    ).rejects.toMatchObject({ why: 'http', message: expect.stringContaining('503') as unknown });
  });
});

test.each(['EAGAIN', 'EADDRINUSE', 'EMFILE'])('no port or descriptor of ours left (%s) is no fault of the upstream', async (code) => {
  const connectUdp: ConnectUdp = () => {
    throw Object.assign(new Error(`connect ${code}`), { code });
  };
  await expect(exchangeTo('udp://192.0.2.1:53', { connectUdp })(question('www.example.test'), unaborted())).rejects.toMatchObject({
    why: 'exhausted',
  });
});

test('parseEndpoint names what it does not know', () => {
  expect(() => parseEndpoint('quic://127.0.0.1:853')).toThrow(/quic:\/\/127\.0\.0\.1:853.*udp, tcp, tls, https/);
  expect(new ExchangeError('reset', 'x').why).toBe('reset');
});
