import packet from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { addresses, bench, query, quiet, sorted } from '../../test/fakes/repeated.ts';
import type { Handler } from '../query/handler.ts';
import { Source, type Answer } from '../wire/answer.ts';
import { Rcode, Type } from '../wire/iana.ts';
import { nameFromText } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import { nameRdata } from '../wire/rdata.ts';
import { BodyWriter } from '../wire/records.ts';
import { QUIET } from './known-responses.ts';

const hello = addresses('hello.test', 1);

/** Records of two sizes that may be sent in any order. */
function unevenly(name: string): Answer {
  const owner = nameFromText(name)!;
  const body = new BodyWriter(owner);
  for (const text of ['short', 'a good deal longer'])
    body.add('answers', owner, Type.TXT, 5, Buffer.from([text.length, ...Buffer.from(text)]));
  return { ...body.answer(Rcode.NOERROR, true, Source.zone), rotating: 2 };
}

describe('a response', () => {
  test('is known from the fourth time on: a name has a place at its third', () => {
    const made = bench(() => hello);
    quiet(made);
    expect([1, 2, 3, 4].map((id) => made.ask(query('hello.test', { id })).wasKnown)).toEqual([false, false, false, true]);
  });

  test.each<[string, Handler, Uint8Array, (() => undefined)?]>([
    ['that is not the same for all clients', () => hello, query('hello.test'), () => undefined],
    ['that is truncated', () => ({ ...hello, truncated: true }), query('hello.test')],
    ['to a query with a cookie', () => hello, query('hello.test', { edns: { options: [{ code: 10, data: Buffer.alloc(8) }] } })],
    ['that has no room', () => addresses('hello.test', ...Array.from({ length: 30 }, (_, i) => i)), query('hello.test', { edns: {} })],
    ['with records of two sizes that are rotated', () => unevenly('hello.test'), query('hello.test')],
    ['that is an error of the message', () => expect.fail(), query('hello.test').subarray(0, 25)],
  ])('%s is never known', (_, handler, message, lasting) => {
    const made = bench(handler, lasting);
    quiet(made);
    for (let i = 0; i < 4; i++) expect(made.ask(message).wasKnown).toBe(false);
  });

  test('is not known after a change, and none is kept until some time without one', () => {
    let answer = hello;
    const made = bench(() => answer);
    quiet(made);
    for (let i = 0; i < 3; i++) made.ask(query('hello.test'));
    answer = addresses('hello.test', 2);
    made.known.forget();
    const { response, wasKnown } = made.ask(query('hello.test'));
    expect(packet.decode(Buffer.from(response)).answers).toMatchObject([{ data: '10.0.0.2' }]);
    expect(wasKnown).toBe(false);
    for (let i = 1; i < QUIET; i++) expect(made.ask(query('hello.test')).wasKnown).toBe(false);
    expect([0, 1].map(() => made.ask(query('hello.test')).wasKnown)).toEqual([false, true]);
  });

  test('is checked after a change of our zones, once, and made anew if it is no longer theirs', () => {
    let current = hello;
    let checks = 0;
    const made = bench(
      () => current,
      undefined,
      undefined,
      ({ name }, answer) => (checks++, name === nameFromText('hello.test') && answer === current),
    );
    quiet(made);
    const ask = (): readonly [wasKnown: boolean, address: unknown] => {
      const { response, wasKnown } = made.ask(query('hello.test'));
      return [wasKnown, (packet.decode(Buffer.from(response)).answers![0] as packet.StringAnswer).data];
    };
    for (let i = 0; i < 3; i++) ask();
    made.known.recheck();
    expect([ask(), ask(), checks]).toEqual([[true, '10.0.0.1'], [true, '10.0.0.1'], 1]);
    current = addresses('hello.test', 2);
    quiet(made);
    made.known.recheck();
    expect([ask(), ask(), ask(), checks]).toEqual([[false, '10.0.0.2'], [true, '10.0.0.2'], [true, '10.0.0.2'], 2]);
  });

  test('is not looked for where changes come fast, until they no longer do', () => {
    const made = bench(
      () => hello,
      undefined,
      undefined,
      () => true,
    );
    quiet(made);
    const isKnown = (): boolean => made.ask(query('hello.test')).wasKnown;
    for (let i = 0; i < 3; i++) isKnown();
    made.known.recheck();
    expect(isKnown()).toBe(true);
    made.known.recheck();
    for (let i = 0; i < QUIET; i++) expect(isKnown()).toBe(false);
    expect(isKnown()).toBe(true);
    made.known.recheck();
    expect(isKnown()).toBe(true);
  });

  test('that lasts for some time is repeated until then, to whom it may be, and then kept anew', () => {
    const since = 300;
    const ageing = { since, ttlOffsets: [6, 22] };
    const counts: number[] = [];
    let lasts = true;
    let mayAsk = true;
    const made = bench(
      () => ({ ...addresses('hello.test', 1, 2), ageing }),
      ({ receivedAt }, _, repeats) => {
        counts.push(repeats);
        return lasts ? { until: since + (Math.floor((receivedAt - since) / 1000) + 1) * 1000, hit: 5 } : undefined;
      },
      (_, hit) => mayAsk && hit === 5,
    );
    quiet(made);
    const ask = (at: number): readonly [wasKnown: boolean, ...ttls: readonly unknown[]] => {
      const { response, wasKnown } = made.ask(query('hello.test'), at);
      return [wasKnown, ...packet.decode(Buffer.from(response)).answers!.map((record) => (record as packet.StringAnswer).ttl)];
    };
    for (let i = 0; i < 3; i++) expect(ask(1300)).toEqual([false, 4, 4]);
    for (const at of [1300, 1800, 2299]) expect(ask(at)).toEqual([true, 4, 4]);
    expect(ask(2300)).toEqual([false, 3, 3]);
    expect(ask(2301)).toEqual([true, 3, 3]);
    mayAsk = false;
    expect(ask(2302)).toEqual([false, 3, 3]);
    mayAsk = true;
    expect(ask(2303)).toEqual([true, 3, 3]);
    lasts = false;
    for (const at of [3300, 3400]) expect(ask(at)).toEqual([false, 2, 2]);
    expect(counts).toEqual([0, 3, 1, 1, 0]);
  });

  test('is told of with the EDNS of its own query', () => {
    const made = bench(() => hello);
    quiet(made);
    const plain = query('hello.test');
    const withEdns = query('hello.test', { edns: { flags: 0x8000 } });
    for (let i = 0; i < 4; i++) for (const message of [plain, withEdns]) made.ask(message);
    const told = [withEdns, plain, withEdns].map((message) => [made.ask(message).wasKnown, (made.told() as Query).edns?.dnssecOk]);
    expect(told).toEqual([
      [true, true],
      [true, undefined],
      [true, true],
    ]);
  });

  test('behind an alias is rotated, and the alias stays in front', () => {
    const [owner, target] = [nameFromText('hello.test')!, nameFromText('web.test')!];
    const rdata = [1, 2, 3].map((octet) => Uint8Array.of(10, 0, 0, octet));
    const answer = new BodyWriter(owner)
      .add('answers', owner, Type.CNAME, 5, nameRdata(target))
      .addRRset('answers', target, { type: Type.A, ttl: 5, rdata })
      .answer(Rcode.NOERROR, true, Source.zone);
    expect(answer.rotating).toBe(3);
    const made = bench(() => answer);
    const plain = bench(
      () => answer,
      () => undefined,
    );
    quiet(made);
    for (let i = 0; i < 3; i++) made.ask(query('hello.test'));
    const firsts = new Set<unknown>();
    for (let i = 0; i < 30; i++) {
      const { response, wasKnown } = made.ask(query('hello.test'));
      expect([wasKnown, sorted(response)]).toEqual([true, sorted(plain.ask(query('hello.test')).response)]);
      const { answers } = packet.decode(Buffer.from(response));
      expect(answers![0]).toMatchObject({ type: 'CNAME', data: 'web.test' });
      firsts.add((answers![1] as packet.StringAnswer).data);
    }
    expect(firsts.size).toBe(3);
  });

  test('is told of like one from the responder', () => {
    const made = bench(() => hello);
    quiet(made);
    const message = query('HELLO.test', { id: 0x1234, flags: 0x110, edns: { flags: 0x8000, udpPayloadSize: 900 } });
    const told = [0, 1, 2, 3].map(() => (made.ask(message), made.told()));
    expect(told[0]).toMatchObject({ length: message.length, type: Type.A, edns: { payloadSize: 900, dnssecOk: true } });
    expect(told[1]).toEqual(told[0]);
    expect(told[3]).toEqual(told[0]);
  });

  test('has its records rotated, each first about as often', () => {
    const made = bench(() => addresses('hello.test', 1, 2, 3));
    quiet(made);
    const firsts = new Map<string, number>();
    for (let id = 0; id < 303; id++) {
      const { response, wasKnown } = made.ask(query('hello.test', { id }));
      if (!wasKnown) continue;
      const { answers, id: its } = packet.decode(Buffer.from(response));
      expect(its).toBe(id);
      const found = answers!.map((record) => (record as packet.StringAnswer).data);
      expect(found.toSorted()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
      firsts.set(found[0]!, (firsts.get(found[0]!) ?? 0) + 1);
    }
    expect([...firsts.values()].reduce((sum, count) => sum + count)).toBe(300);
    for (const count of firsts.values()) expect(Math.abs(count - 100)).toBeLessThan(10);
  });
});
