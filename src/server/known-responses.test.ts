import packet from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Handler } from '../query/handler.ts';
import { UNTIL_CHANGE, type Lasting } from '../query/lasting.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Rcode, Type } from '../wire/iana.ts';
import { nameFromText, nameToText } from '../wire/name.ts';
import type { Client, Query } from '../wire/query.ts';
import { BodyWriter } from '../wire/records.ts';
import { KnownResponses, QUIET } from './known-responses.ts';
import { PacketSlots } from './packet-slots.ts';
import { PLACES } from './query-table.ts';
import { responder } from './responder.ts';

const client: Client = { address: Uint8Array.of(10, 0, 0, 1), port: 4242, transport: 'udp' };
const SLOT = 3;

/** `last` octets are the last ones of the addresses. */
function addresses(name: string, ...last: readonly number[]): Answer {
  const owner = nameFromText(name)!;
  const rdata = last.map((octet) => Uint8Array.of(10, 0, 0, octet));
  return new BodyWriter(owner).addRRset('answers', owner, { type: Type.A, ttl: 5, rdata }).answer(Rcode.NOERROR, true, Source.zone);
}

interface Bench {
  readonly known: KnownResponses;
  /** Returns the response, and whether it was known. */
  readonly ask: (message: Uint8Array, at?: number) => { readonly response: Uint8Array; readonly wasKnown: boolean };
  /** What the observer was told last. */
  readonly told: () => object;
}

function bench(
  handler: Handler,
  lasting: (query: Query, answer: Answer, repeats: number) => Lasting | undefined = () => UNTIL_CHANGE,
  repeats: (query: Query, hit: number) => boolean = () => expect.fail(),
): Bench {
  const slots = new PacketSlots({ count: 8, size: 2048, nameLength: 16, controlLength: 0 }, { addressOf: () => 4096 });
  let told = {};
  const responded = (query: Query, answer: Answer, size: number, response: Uint8Array): void => {
    const { edns, packet: octets } = query;
    const ofEdns = edns && { payloadSize: edns.payloadSize, dnssecOk: edns.dnssecOk };
    // The place is a shortcut, and whoever is told of an answer needs none.
    told = {
      ...query,
      packet: undefined,
      place: undefined,
      edns: ofEdns,
      id: octets[0],
      rcode: answer.rcode,
      size,
      response: [...response.subarray(0, size)],
    };
  };
  const known = new KnownResponses({ lasting, repeats, responded });
  const observer = {
    responded: (...all: Parameters<typeof responded>): void => {
      responded(...all);
      known.note(all[0], all[1]);
    },
    late: () => undefined,
    dropped: () => undefined,
    failed: (error: unknown) => expect.fail(String(error)),
  };
  const respond = responder(handler, { clock: systemClock, observer, udpPayload: 1232, nsid: undefined, cookie: undefined });
  return {
    known,
    told: () => told,
    ask(message, at = 7) {
      const target = slots.packets[SLOT]!;
      // What an earlier packet left behind this one must not matter.
      target.fill(0xee);
      target.set(message);
      slots.setReceived(SLOT, message.length);
      const repeated = known.respond(slots, SLOT, client, at);
      if (repeated > 0) return { response: target.slice(0, repeated), wasKnown: true };
      const size = respond(target, message.length, client, at, target, () => expect.fail());
      if (size > 0) known.keep(slots, SLOT, size);
      return { response: target.slice(0, Math.max(0, size)), wasKnown: false };
    },
  };
}

function quiet({ ask }: Bench): void {
  for (let i = 0; i < QUIET; i++) ask(Uint8Array.of(0, 0));
}

const query = (
  name: string,
  { id = 1, type = 'A', flags = 0x100, edns }: { id?: number; type?: string; flags?: number; edns?: object | undefined } = {},
) =>
  packet.encode({
    type: 'query',
    id,
    flags,
    questions: [{ name, type: type as 'A' }],
    additionals: edns === undefined ? [] : [{ type: 'OPT', name: '.', udpPayloadSize: 1232, options: [], ...edns } as never],
  });

const hello = addresses('hello.test', 1);

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

test('of more names than there are places, each gets its own answer', () => {
  const handler: Handler = ({ name }) => addresses(nameToText(name), name.length, name.charCodeAt(2));
  const made = bench(handler);
  const plain = bench(handler, () => undefined);
  quiet(made);
  let repeated = 0;
  let random = 1;
  for (let asked = 0; asked < PLACES * 4; asked++) {
    random = (random * 48_271) % 0x7fffffff;
    // Some names come more often than others.
    const i = Math.floor((random / 0x7fffffff) ** 2 * PLACES * 1.5);
    const { response, wasKnown } = made.ask(query(`a${i}.test`, { id: i & 0xffff }));
    if (!wasKnown || repeated++ % 8 > 0) continue;
    expect(sorted(response)).toEqual(sorted(plain.ask(query(`a${i}.test`, { id: i & 0xffff })).response));
  }
  expect(repeated).toBeGreaterThan(PLACES / 4);
});

test('whatever is asked and changed in whatever order, the response is what the responder gives, but for its rotation', () => {
  const names = ['a.test', 'A.test', 'x.dddd.test'];
  const message = fc.record({
    id: fc.nat(0xffff),
    name: fc.constantFrom(...names),
    type: fc.constantFrom('A', 'TXT'),
    flags: fc.constantFrom(0x100, 0x110, 0),
    edns: fc.constantFrom(undefined, { flags: 0x8000 }, { options: [{ code: 10, data: Buffer.alloc(8) }] }),
    tail: fc.constantFrom(0, 0, 0, 1),
  });
  let repeated = 0;
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 30, arbitrary: message }, fc.constant('change' as const)), { minLength: 100, maxLength: 300 }),
      (steps) => {
        let generation = 1;
        const prepared = new Map<string, Answer>();
        const handler: Handler = ({ name, type }) => {
          const key = `${generation} ${type} ${name}`;
          const count = type === Type.A ? name.length % 4 : 0;
          const made =
            count === 0
              ? emptyAnswer(type === Type.TXT ? Rcode.NXDOMAIN : Rcode.NOERROR, Source.zone)
              : addresses(nameToText(name), ...Array.from({ length: count }, (_, i) => generation * 10 + i));
          if (!prepared.has(key)) prepared.set(key, made);
          return prepared.get(key);
        };
        const made = bench(handler);
        const plain = bench(handler, () => undefined);
        quiet(made);
        for (const step of steps) {
          if (step === 'change') {
            generation++;
            made.known.forget();
            quiet(made);
            continue;
          }
          const octets = Buffer.concat([query(step.name, step), Buffer.alloc(step.tail)]);
          const { response, wasKnown } = made.ask(octets);
          if (wasKnown) repeated++;
          expect(sorted(response)).toEqual(sorted(plain.ask(octets).response));
        }
      },
    ),
    { numRuns: 60 },
  );
  expect(repeated).toBeGreaterThan(100);
});

/** The response with its answers in an order that does not depend on rotation, and all other octets. */
function sorted(response: Uint8Array): object {
  const { answers = [], ...rest } = packet.decode(Buffer.from(response));
  const ordered = answers.map((record) => JSON.stringify(record)).toSorted();
  return { ...rest, answers: ordered, length: response.length };
}
