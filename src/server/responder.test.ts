import packet from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Handler } from '../query/handler.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Rcode, Type } from '../wire/iana.ts';
import { nameFromText } from '../wire/name.ts';
import type { Client, Query, Transport } from '../wire/query.ts';
import { BodyWriter } from '../wire/records.ts';
import { responder, type ResponderObserver, type ResponderOptions } from './responder.ts';

const client = (transport: Transport = 'udp'): Client => ({ address: Uint8Array.of(127, 0, 0, 1), port: 1, transport });
const observer = (): ResponderObserver => ({ responded: vi.fn(), late: vi.fn(), dropped: vi.fn(), failed: vi.fn() });
const options = (change: Partial<ResponderOptions> = {}): ResponderOptions => ({
  clock: systemClock,
  observer: observer(),
  udpPayload: 1232,
  nsid: undefined,
  cookie: undefined,
  ...change,
});
const found = new BodyWriter(nameFromText('a.test')!)
  .addRRset('answers', nameFromText('a.test')!, {
    type: Type.A,
    ttl: 5,
    rdata: Array.from({ length: 200 }, (_, i) => Uint8Array.of(10, 0, 0, i)),
  })
  .answer(Rcode.NOERROR, true, Source.zone);
const notLater = (): void => {
  throw new Error('the answer was to come at once');
};
const opt = (size: number, extra: object = {}): packet.OptAnswer => ({
  type: 'OPT',
  name: '.',
  udpPayloadSize: size,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
  ...extra,
});
const ask = (...additionals: packet.OptAnswer[]): Buffer =>
  packet.encode({ type: 'query', id: 7, questions: [{ name: 'A.test', type: 'A' }], additionals });

async function exchange(
  message: Uint8Array,
  handler: Handler,
  made = options(),
  transport: Transport = 'udp',
): Promise<packet.DecodedPacket | undefined> {
  const target = new Uint8Array(65535);
  target.set(message);
  const later = await new Promise<Uint8Array>((resolve) => {
    const size = responder(handler, made)(target, message.length, client(transport), 0, target, resolve);
    if (size >= 0) resolve(target.subarray(0, size));
  });
  return later.length === 0 ? undefined : packet.decode(Buffer.from(later));
}

describe('the response to', () => {
  const nothing: Handler = () => undefined;
  test.each<[string, Uint8Array, Handler, object | undefined]>([
    ['a question', ask(), () => found, { id: 7, rcode: 'NOERROR', flag_aa: true, flag_qr: true, questions: [{ name: 'A.test' }] }],
    [
      'a question answered later',
      ask(),
      () => Promise.resolve(found),
      { id: 7, rcode: 'NOERROR', flag_aa: true, questions: [{ name: 'A.test' }] },
    ],
    ['one a stage drops', ask(), nothing, undefined],
    ['one a stage drops later', ask(), () => Promise.resolve(undefined), undefined],
    ['one a stage throws on', ask(), () => expect.unreachable(), { rcode: 'SERVFAIL', questions: [{ name: 'A.test' }] }],
    ['one a stage rejects', ask(), () => Promise.reject(new Error('broken')), { rcode: 'SERVFAIL', questions: [{ name: 'A.test' }] }],
    ['a response', packet.encode({ type: 'response', id: 7, questions: [{ name: 'a', type: 'A' }] }), () => found, undefined],
    [
      'NOTIFY',
      packet.encode({ type: 'query', id: 7, flags: 4 << 11, questions: [{ name: 'a', type: 'A' }] }),
      nothing,
      { id: 7, rcode: 'NOTIMP', questions: [] },
    ],
    ['no question', packet.encode({ type: 'query', id: 7, questions: [] }), nothing, { id: 7, rcode: 'FORMERR', questions: [] }],
    [
      'no question, with EDNS and without a cookie',
      packet.encode({ type: 'query', id: 7, questions: [], additionals: [opt(1232)] }),
      nothing,
      { id: 7, rcode: 'FORMERR', questions: [], additionals: [{ type: 'OPT' }] },
    ],
    [
      'NOTIFY with EDNS',
      packet.encode({ type: 'query', id: 7, flags: 4 << 11, questions: [{ name: 'a', type: 'A' }], additionals: [opt(1232)] }),
      nothing,
      { id: 7, rcode: 'NOTIMP', questions: [], additionals: [{ type: 'OPT' }] },
    ],
    [
      'EDNS version 1',
      ask(opt(1232, { ednsVersion: 1 })),
      nothing,
      { questions: [{ name: 'A.test' }], additionals: [{ extendedRcode: 1, ednsVersion: 0 }] },
    ],
  ])('%s', async (_, message, handler, expected) => {
    const response = await exchange(message, handler);
    if (expected === undefined) expect(response).toBeUndefined();
    else expect(response).toMatchObject(expected);
  });
});

describe('size', () => {
  test.each<[string, packet.OptAnswer[], Transport, number, number, boolean]>([
    ['512 octets without EDNS', [], 'udp', 1232, 30, true],
    ['what the client takes', [opt(700)], 'udp', 1232, 41, true],
    ['512 for who says less', [opt(10)], 'udp', 1232, 29, true],
    ['never more than ours', [opt(4096)], 'udp', 1232, 74, true],
    ['ours raised', [opt(4096)], 'udp', 4096, 200, false],
    ['all of it over TCP', [], 'tcp', 1232, 200, false],
  ])('%s', async (_, additionals, transport, udpPayload, count, truncated) => {
    const response = await exchange(ask(...additionals), () => found, options({ udpPayload }), transport);
    expect(response!.flag_tc).toBe(truncated);
    expect(response!.answers).toHaveLength(count);
  });

  test.each<[string, Uint8Array, Transport, boolean]>([
    ['padded over TLS for who speaks EDNS (RFC 8467)', ask(opt(1232)), 'tls', true],
    ['padded over HTTPS too', ask(opt(1232)), 'https', true],
    ['not padded without EDNS', ask(), 'tls', false],
    ['not padded where everybody can read it', ask(opt(1232)), 'tcp', false],
  ])('%s', (_, message, transport, isPadded) => {
    const target = new Uint8Array(65535);
    const size = responder(() => found, options())(message, message.length, client(transport), 0, target, notLater);
    expect(size % 468 === 0).toBe(isPadded);
    expect(packet.decode(Buffer.from(target.subarray(0, size))).answers).toHaveLength(200);
  });
});

describe('EDNS options', () => {
  const nsidAsked = opt(1232, { options: [{ code: 3, data: Buffer.alloc(0) }] });

  test('NSID for who asks (RFC 5001)', async () => {
    const told = await exchange(ask(nsidAsked), () => found, options({ nsid: 'pod-1' }));
    expect((told!.additionals!.at(-1) as packet.OptAnswer).options).toMatchObject([{ code: 3, data: Buffer.from('pod-1') }]);
    const unasked = await exchange(ask(opt(1232)), () => found, options({ nsid: 'pod-1' }));
    expect((unasked!.additionals!.at(-1) as packet.OptAnswer).options).toEqual([]);
  });

  test('a cookie goes back beside it, or its answer instead of the handler', async () => {
    const cookie = { option: Uint8Array.of(0, 10, 0, 2, 1, 2) };
    const both = await exchange(ask(nsidAsked), () => found, options({ nsid: 'x', cookie: () => cookie }));
    expect((both!.additionals!.at(-1) as packet.OptAnswer).options).toMatchObject([{ code: 10 }, { code: 3 }]);
    const bad = { ...cookie, answer: emptyAnswer(Rcode.BADCOOKIE, Source.policy) };
    const refused = await exchange(ask(nsidAsked), () => expect.unreachable(), options({ cookie: () => bad }));
    expect((refused!.additionals!.at(-1) as packet.OptAnswer).extendedRcode).toBe(1);
  });
});

describe('an answer that no stage gave', () => {
  const cookie = () => ({ answer: emptyAnswer(Rcode.BADCOOKIE, Source.server) });
  const withCookie = opt(1232, { options: [{ code: 10, data: Buffer.alloc(8) }] });
  test.each<[string, Uint8Array, number]>([
    ['NOTIMP', packet.encode({ type: 'query', id: 7, flags: 4 << 11, questions: [{ name: 'a', type: 'A' }] }), Rcode.NOTIMP],
    ['FORMERR', packet.encode({ type: 'query', id: 7, questions: [] }), Rcode.FORMERR],
    ['BADVERS', ask(opt(1232, { ednsVersion: 1 })), Rcode.BADVERS],
    ['BADCOOKIE', ask(withCookie), Rcode.BADCOOKIE],
    ['BADVERS, whatever the cookie is', ask({ ...withCookie, ednsVersion: 1 }), Rcode.BADVERS],
  ])('is limited: %s', async (_, message, rcode) => {
    const limited: number[] = [];
    const limit = (_query: Query, answer: Answer): undefined => void limited.push(answer.rcode);
    expect(await exchange(message, () => expect.unreachable(), options({ limit, cookie }))).toBeUndefined();
    expect(limited).toEqual([rcode]);
  });

  test('others are not', async () => {
    const made = options({ limit: () => expect.unreachable() });
    expect(await exchange(ask(), () => found, made)).toMatchObject({ rcode: 'NOERROR' });
  });
});

test('the observer hears of each packet once', async () => {
  const heard = observer();
  const made = options({ observer: heard });
  await exchange(ask(), () => found, made);
  await exchange(ask(), () => Promise.resolve(found), made);
  await exchange(ask(), () => undefined, made);
  await exchange(ask(), () => Promise.reject(new Error('x')), made);
  expect([heard.responded, heard.late, heard.dropped, heard.failed].map((call) => vi.mocked(call).mock.calls.length)).toEqual([1, 2, 1, 1]);
});

test.each<[string, (answer: Answer) => Handler]>([
  ['at once', (answer) => () => answer],
  ['later', (answer) => () => Promise.resolve(answer)],
])('an answer given %s that cannot be written becomes SERVFAIL, and is told', async (_, handlerOf) => {
  const heard = observer();
  const broken = Object.create(found, { body: { get: () => expect.unreachable() } }) as Answer;
  const response = await exchange(ask(opt(1232)), handlerOf(broken), options({ observer: heard }));
  expect(response).toMatchObject({ id: 7, rcode: 'SERVFAIL', questions: [{ name: 'A.test' }], answers: [] });
  expect(heard.failed).toHaveBeenCalledOnce();
  // What was sent counts, not what should have been.
  const [told] = [...vi.mocked(heard.responded).mock.calls, ...vi.mocked(heard.late).mock.calls];
  expect(told![1].rcode).toBe(Rcode.SERVFAIL);
});

test('addresses take turns from one query to the next', async () => {
  const made = responder(() => found, options());
  const first = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const target = new Uint8Array(4096);
    const size = made(ask(), ask().length, client(), 0, target, notLater);
    first.add((packet.decode(Buffer.from(target.subarray(0, size))).answers![0] as packet.StringAnswer).data);
  }
  expect(first.size).toBe(3);
});

test('any bytes get no reply or a valid one, never an exception', () => {
  const answers: Answer[] = [found, emptyAnswer(Rcode.NXDOMAIN, Source.zone)];
  const respond = responder(() => answers[0]!, options());
  const mutated = fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 5 }).map((changes) => {
    const copy = Uint8Array.from(ask(opt(1232)));
    for (const [at, octet] of changes) if (at < copy.length) copy[at] = octet;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 700 })), (bytes) => {
      const target = new Uint8Array(4096);
      target.set(bytes);
      const size = respond(target, bytes.length, client(), 0, target, notLater);
      if (size === 0) return;
      expect(size).toBeGreaterThanOrEqual(12);
      expect([target[0], target[1]]).toEqual([bytes[0], bytes[1]]);
      expect(packet.decode(Buffer.from(target.subarray(0, size))).type).toBe('response');
    }),
    { numRuns: 2000 },
  );
});

test('two addresses take turns although clients ask for A and AAAA by turns', () => {
  const rrset = (type: number, size: number) => ({ type, ttl: 5, rdata: [1, 2].map((octet) => new Uint8Array(size).fill(octet)) });
  const answers = [rrset(Type.A, 4), rrset(Type.AAAA, 16)].map((addresses) =>
    new BodyWriter(nameFromText('a.test')!).addRRset('answers', nameFromText('a.test')!, addresses).answer(0, true, Source.zone),
  );
  let asked = 0;
  const respond = responder(() => answers[asked++ % 2], options());
  const target = new Uint8Array(1232);
  const firsts = Array.from({ length: 2000 }, () => {
    const size = respond(ask(), ask().length, client(), 0, target, notLater);
    return target[size - 1];
  });
  for (const turn of [0, 1])
    for (const octet of [1, 2]) expect(firsts.filter((last, index) => index % 2 === turn && last === octet).length).toBeGreaterThan(400);
});
