/** Requests over HTTPS whose bodies never end, each of which takes memory, and others that are whole but have to wait. */
import { once } from 'node:events';
import { connect as connectHttp2, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../test/fakes/certificate.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import type { ConnectionLimits } from './connections.ts';
import { httpsListener } from './https.ts';
import type { Respond } from './listener.ts';
import { unobserved } from './observer.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const headers = { ':path': '/dns-query', ':method': 'POST', 'content-type': 'application/dns-message' };
const query = new Uint8Array(12);
const certificate = hasOpenssl ? makeCertificate('IP:127.0.0.1') : { cert: '', key: '' };

interface Served {
  /** Returns a connection of another client. */
  readonly connect: (settings?: { initialWindowSize: number }) => Promise<ClientHttp2Session>;
  /** Why connections were closed. */
  readonly said: string[];
}

async function serve(respond: Respond, limits: Partial<ConnectionLimits> = {}): Promise<Served> {
  const said: string[] = [];
  const listener = httpsListener({
    endpoint: { host: '127.0.0.1', port: 0 },
    respond,
    clock: systemClock,
    limits,
    certificate: { current: certificate, subscribe: () => () => undefined },
    observer: { ...unobserved, closed: (reason) => said.push(String(reason)) },
  });
  await listener.listen();
  closing.push(() => listener.close());
  const connect: Served['connect'] = async (settings) => {
    const session = connectHttp2(listener.url, { ca: certificate.cert, ...(settings && { settings }) });
    closing.push(() => session.destroy());
    session.on('error', () => undefined);
    await once(session, 'connect');
    return session;
  };
  return { connect, said };
}

function begin(session: ClientHttp2Session): ClientHttp2Stream {
  return session.request(headers, { endStream: false }).on('error', () => undefined);
}

async function statusOf(request: ClientHttp2Stream): Promise<unknown> {
  const [response] = (await once(request, 'response')) as [Record<string, unknown>];
  request.resume();
  await once(request, 'close');
  return response[':status'];
}

const ping = (session: ClientHttp2Session): Promise<unknown> => new Promise((resolve) => session.ping(resolve));

describe.skipIf(!hasOpenssl)('a request', () => {
  test('that does not end in time is refused, though others of its connection do', async () => {
    const { connect } = await serve((_packet, length) => length, { queryTimeout: 200 });
    const session = await connect();
    const begun = begin(session);
    begun.write('begun');
    const refused = statusOf(begun);
    const soon = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve, 'soon'));
    do {
      const whole = begin(session);
      whole.end(query);
      expect(await statusOf(whole)).toBe(200);
    } while ((await Promise.race([refused, soon()])) === 'soon');
    expect(await refused).toBe(408);
  });

  test('that is whole has all the time that its answer takes', async () => {
    const answerLater: Respond = (_packet, length, _client, _receivedAt, _target, later) => {
      setTimeout(() => later(new Uint8Array(length)), 400);
      return -1;
    };
    const { connect } = await serve(answerLater, { queryTimeout: 200 });
    const request = begin(await connect());
    request.end(query);
    expect(await statusOf(request)).toBe(200);
  });

  test('that is reset while it waits for room is not asked', async () => {
    let asked = 0;
    const { connect } = await serve(() => (asked++, 60_000));
    const session = await connect({ initialWindowSize: 0 });
    const streams = Array.from({ length: 40 }, () => begin(session));
    for (const stream of streams) stream.end(query);
    await once(streams[0]!, 'response');
    await ping(session);
    for (const stream of streams.slice(20)) stream.close(constants.NGHTTP2_CANCEL);
    await ping(session);
    session.settings({ initialWindowSize: 1 << 16 });
    await Promise.all(streams.slice(0, 20).map((stream) => buffer(stream)));
    expect(asked).toBe(20);
  });

  test('that is reset before its answer comes leaves nothing to be read', async () => {
    const answers: (() => void)[] = [];
    const hold: Respond = (_packet, length, _client, _receivedAt, _target, later) => {
      answers.push(() => later(new Uint8Array(length)));
      return -1;
    };
    const { connect, said } = await serve(hold, { queryTimeout: 100, idleTimeout: 60_000 });
    const session = await connect();
    const request = begin(session);
    request.end(query);
    await until(() => answers.length === 1);
    request.close(constants.NGHTTP2_CANCEL);
    await ping(session);
    answers[0]!();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(said).toEqual([]);
  });
});

test.skipIf(!hasOpenssl)('requests begun and not finished give up those of the longest waiting client when all hold too much', async () => {
  const { connect, said } = await serve(() => 0, { maxUnread: 1_000_000, queryTimeout: 60_000 });
  for (let clients = 0; clients < 3; clients++) {
    const session = await connect();
    for (let i = 0; i < 60; i++) begin(session).write('begun');
    await ping(session);
  }
  await until(() => said.length > 0);
  expect(said).toEqual(['unread']);
});
