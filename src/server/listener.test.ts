/** The tests that all listeners have in common. */
import { hasOpenssl, makeCertificate } from '../../test/fakes/certificate.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { dnsClient, type DnsClient } from '../../test/fakes/dns-client.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import { formatAddress } from '../wire/address.ts';
import type { Client } from '../wire/query.ts';
import type { CertificateSource } from './certificate.ts';
import { httpsListener } from './https.ts';
import { chooseUdp } from './udp.ts';
import type { Endpoint } from './endpoint.ts';
import type { Listener, Respond } from './listener.ts';
import { unobserved, type ListenerObserver } from './observer.ts';
import { tcpListener, tlsListener } from './stream.ts';

interface Options {
  readonly endpoint: Endpoint;
  readonly respond: Respond;
  readonly clock: typeof systemClock;
  readonly observer: ListenerObserver;
  /** Of UDP only. */
  readonly payloadSize?: number;
}
type Make = (options: Options) => Listener | Promise<Listener>;

const certificate = hasOpenssl ? makeCertificate('IP:127.0.0.1', 'IP:::1') : { cert: '', key: '' };
const secure = { transport: 'tls', ca: certificate.cert, skip: !hasOpenssl };
const source: CertificateSource = { current: { ...certificate, minVersion: 'TLSv1.2' }, subscribe: () => () => undefined };

const kinds: { name: string; transport: string; make: Make; skip?: boolean; ca?: string }[] = [
  { name: 'batched', transport: 'udp', make: async (o) => (await chooseUdp('batched')).listener(o), skip: process.platform !== 'linux' },
  { name: 'dgram', transport: 'udp', make: async (o) => (await chooseUdp('dgram')).listener(o) },
  { name: 'tcp', transport: 'tcp', make: tcpListener },
  { ...secure, name: 'tls', make: (o) => tlsListener({ ...o, certificate: source }) },
  { ...secure, name: 'https', transport: 'https', make: (o) => httpsListener({ ...o, certificate: source }) },
];
const hosts = ['127.0.0.1', '::1'];

/** The octet after the header, which says what `respond` does. */
const Ask = { echo: 1, later: 2, nothing: 3, nothingLater: 4, large: 5 } as const;
const LARGE = 1232;

function message(id: number, ask: number, size = 40): Uint8Array {
  const bytes = new Uint8Array(size).fill(id & 0xff, 13);
  bytes.set([id >> 8, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ask]);
  return bytes;
}

/** Returns the response of `respond`: the message with QR set, LARGE octets long if it asks for that. */
function answerTo(asked: Uint8Array): Uint8Array {
  const answer = new Uint8Array(asked[12] === Ask.large ? LARGE : asked.length);
  answer.set(asked);
  answer[2]! |= 0x80;
  return answer;
}

class Answering {
  readonly clients: Client[] = [];
  readonly held: (() => void)[] = [];
  /** Whether late answers are held until the test releases them. */
  hold = false;

  readonly respond: Respond = (packet, length, client, _receivedAt, target, later) => {
    this.clients.push({ ...client, address: client.address.slice() });
    const answer = answerTo(packet.slice(0, length));
    const ask = packet[12];
    if (ask === Ask.nothing) return 0;
    if (ask === Ask.later || ask === Ask.nothingLater) {
      const answerLater = (): void => later(ask === Ask.later ? answer : new Uint8Array(0));
      if (this.hold) this.held.push(answerLater);
      else setImmediate(answerLater);
      return -1;
    }
    target.set(answer);
    return answer.length;
  };
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe.for(kinds.flatMap((kind) => hosts.map((host) => ({ ...kind, host }))))('$name on $host', ({ make, host, transport, skip, ca }) => {
  const test_ = test.skipIf(skip);

  async function open(
    endpoint: Endpoint = { host, port: 0 },
    more: Partial<Options> = {},
  ): Promise<{ listener: Listener; answering: Answering; counts: Counts }> {
    const answering = new Answering();
    const counts = new Counts();
    const listener = await make({ endpoint, respond: answering.respond, clock: systemClock, observer: counts, ...more });
    await listener.listen();
    closing.push(() => listener.close());
    return { listener, answering, counts };
  }

  async function ask(listener: Listener): Promise<DnsClient> {
    const client = await dnsClient(listener.url, ca);
    closing.push(() => client.close());
    return client;
  }

  test_('says where it listens', async () => {
    const { listener } = await open();
    expect(listener.url).toMatch(new RegExp(`^${transport}://${host === '::1' ? '\\[::1\\]' : host}:[1-9][0-9]*$`));
  });

  test_('answers, and tells who asked', async () => {
    const { listener, answering, counts } = await open();
    const client = await ask(listener);
    const asked = message(0x1234, Ask.echo);
    expect(new Uint8Array(await client.ask(asked))).toEqual(answerTo(asked));
    const [seen] = answering.clients;
    expect({ ...seen!, address: formatAddress(seen!.address) }).toEqual({ address: host, port: client.port, transport });
    await until(() => counts.received === 1 && counts.sent === 1);
  });

  test_('answers longer than the question', async () => {
    const client = await ask((await open()).listener);
    expect((await client.ask(message(7, Ask.large))).length).toBe(LARGE);
  });

  const sizes = [
    { payloadSize: 1232, most: 2048 },
    { payloadSize: 4096, most: 4096 },
  ];
  // Over the other transports a query may be as long as a message.
  test_.for(transport === 'udp' ? sizes : [])(
    'with a payload size of $payloadSize takes queries up to $most octets',
    async ({ payloadSize, most }) => {
      const { listener, counts } = await open(undefined, { payloadSize });
      const client = await ask(listener);
      void client.ask(message(1, Ask.echo, most + 1)).catch(() => undefined);
      expect(await client.ask(message(2, Ask.echo, most))).toHaveLength(most);
      expect([counts.tooLong, counts.received]).toEqual([1, 2]);
    },
  );

  test_('answers hundreds at once, at once and later, each with its own', async () => {
    const { listener, counts } = await open();
    const client = await ask(listener);
    // In waves small enough for the client's receive buffer.
    for (let wave = 0; wave < 5; wave++) {
      const ids = Array.from({ length: 60 }, (_, i) => wave * 60 + i);
      const asked = ids.map((id) => message(id, [Ask.echo, Ask.later, Ask.large][id % 3]!, 13 + (id % 200)));
      const answers = await Promise.all(asked.map((question) => client.ask(question)));
      for (const [i, answer] of answers.entries()) expect(Buffer.compare(answer, answerTo(asked[i]!))).toBe(0);
    }
    await until(() => counts.received === 300 && counts.sent === 300);
  });

  test_('answers what is known before what was asked earlier', async () => {
    const { listener, answering } = await open();
    answering.hold = true;
    const client = await ask(listener);
    const order: string[] = [];
    const first = client.ask(message(1, Ask.later)).then(() => order.push('later'));
    await until(() => answering.held.length === 1);
    await client.ask(message(2, Ask.echo)).then(() => order.push('at once'));
    answering.held[0]!();
    await first;
    expect(order).toEqual(['at once', 'later']);
  });

  test_('goes on when nothing is to be sent, now or later, and when told twice', async () => {
    const { listener, answering } = await open();
    const client = await ask(listener);
    void client.ask(message(1, Ask.nothing)).catch(() => undefined);
    void client.ask(message(2, Ask.nothingLater)).catch(() => undefined);
    await until(() => answering.clients.length === 2);
    answering.hold = true;
    const third = client.ask(message(3, Ask.later));
    await until(() => answering.held.length === 1);
    answering.held[0]!();
    answering.held[0]!();
    await third;
    expect(await client.ask(message(4, Ask.echo))).toHaveLength(40);
  });

  test_('finishes what is in flight when it closes, and takes no more', async () => {
    const { listener, answering } = await open();
    answering.hold = true;
    const client = await ask(listener);
    const answers = [1, 2].map((id) => client.ask(message(id, Ask.later)));
    await until(() => answering.held.length === 2);
    let closed = false;
    const close = listener.close().then(() => (closed = true));
    void client.ask(message(3, Ask.echo)).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([closed, answering.clients.length]).toEqual([false, 2]);
    for (const answer of answering.held) answer();
    expect(await Promise.all(answers)).toHaveLength(2);
    await close;
    await listener.close();
  });

  test_('says which address is in use', async () => {
    const { listener } = await open();
    const port = Number(new URL(listener.url.replace(/^\w+/, 'http')).port);
    await expect(open({ host, port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining(listener.url) as string,
    });
  });

  test_('says that an address is not of this machine', async () => {
    const elsewhere = { host: host === '::1' ? '2001:db8::1' : '192.0.2.1', port: 0 };
    await expect(open(elsewhere)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  test.skipIf(skip || host !== '::1')('says where to listen instead of on a link-local address', async () => {
    await expect(open({ host: 'fe80::1', port: 0 })).rejects.toMatchObject({
      code: 'EINVAL',
      message: expect.stringContaining('are heard on [::]') as string,
    });
  });

  test_('opens again on its port after closing', async () => {
    const { listener } = await open();
    await listener.close();
    const port = Number(new URL(listener.url.replace(/^\w+/, 'http')).port);
    const again = await open({ host, port });
    const client = await ask(again.listener);
    expect(await client.ask(message(1, Ask.echo))).toHaveLength(40);
  });
});

class Counts implements ListenerObserver {
  received = 0;
  sent = 0;
  tooLong = 0;

  batch = (received: number, sent: number): void => {
    this.received += received;
    this.sent += sent;
  };
  read = unobserved.read;
  backlog = unobserved.backlog;
  sentLater = (count: number): void => void (this.sent += count);
  oversized = (count: number): void => void (this.tooLong += count);
  kernelDrops = unobserved.kernelDrops;
  clientDrops = unobserved.clientDrops;
  receiveBuffer = unobserved.receiveBuffer;
  failed = unobserved.failed;
  opened = unobserved.opened;
  closed = unobserved.closed;
  refused = unobserved.refused;
  certificate = unobserved.certificate;
  certificateValid = unobserved.certificateValid;
}
