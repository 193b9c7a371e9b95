import packet from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyAnswer, optSize, padResponse, Source, sourceNames, writeResponse, type Answer, type Form } from './answer.ts';
import { ExtendedError, Rcode, Type } from './iana.ts';
import { nameFromText, type Name } from './name.ts';
import { QueryReader, READ, type Client, type Query } from './query.ts';
import { nameRdata, soaRdata, srvRdata, txtRdata } from './rdata.ts';
import { BodyWriter } from './records.ts';

const client: Client = { address: Uint8Array.of(127, 0, 0, 1), port: 4242, transport: 'udp' };
const form: Form = { limit: 1232, payloadSize: 1232, rotation: 0, now: 0, options: undefined, recursionAvailable: true };
const name = (text: string): Name => nameFromText(text)!;

function ask(text: string, type: packet.RecordType = 'A', edns = true, flags = packet.RECURSION_DESIRED): Query {
  const opt = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  } as packet.OptAnswer;
  const message = packet.encode({ type: 'query', id: 0xbeef, flags, questions: [{ name: text, type }], additionals: edns ? [opt] : [] });
  const reader = new QueryReader(client);
  expect(reader.read(message, message.length, client, 0)).toBe(READ);
  return { ...reader.query };
}

function respond(query: Query, answer: Answer, change: Partial<Form> = {}): packet.DecodedPacket {
  const target = new Uint8Array(65535);
  const length = writeResponse(query, answer, target, { ...form, ...change });
  expect(length).toBeLessThanOrEqual({ ...form, ...change }.limit);
  return packet.decode(Buffer.from(target.subarray(0, length)));
}

const addresses = (owner: string, count: number): Answer =>
  new BodyWriter(name(owner))
    .addRRset('answers', name(owner), {
      type: Type.A,
      ttl: 30,
      rdata: Array.from({ length: count }, (_, i) => Uint8Array.of(10, 0, i >> 8, i)),
    })
    .answer(Rcode.NOERROR, true, Source.zone);
const firstOctets = (response: packet.DecodedPacket): string[] =>
  (response.answers ?? []).map((record) => (record as packet.StringAnswer).data);

test('the name of each source has its number, since metrics count by it', () => {
  expect(sourceNames.map((source) => Source[source])).toEqual([...sourceNames.keys()]);
  expect(sourceNames).toHaveLength(Object.keys(Source).length);
});

test('a name of 255 octets leaves room for a cookie in 512, and not for a long extended error', () => {
  const longest = `${`${'a'.repeat(62)}.`.repeat(4)}x`;
  const cookie = Uint8Array.from([0, 10, 0, 24, ...new Uint8Array(24)]);
  const answer = emptyAnswer(Rcode.SERVFAIL, Source.forward, { code: ExtendedError.OTHER, text: 'e'.repeat(200) });
  const { additionals } = respond(ask(longest), answer, { limit: 512, options: cookie });
  expect((additionals![0] as packet.OptAnswer).options.map(({ code }) => code)).toEqual([10]);
  const short = respond(ask('a.test'), answer, { limit: 512, options: cookie });
  expect((short.additionals![0] as packet.OptAnswer).options.map(({ code }) => code)).toEqual([10, 15]);
});

test('a long extended error goes before any record does, and before TC (RFC 8914 section 3)', () => {
  const extendedError = { code: ExtendedError.STALE_ANSWER, text: 'the cluster as last seen, since the API server is away' };
  const answer = { ...addresses('a.test', 27), extendedError };
  const whole = respond(ask('a.test'), answer, { limit: 512 });
  expect([whole.flag_tc, whole.answers!.length]).toEqual([false, 27]);
  expect((whole.additionals![0] as packet.OptAnswer).options).toEqual([]);
  const larger = respond(ask('a.test'), answer, { limit: 1232 });
  expect((larger.additionals![0] as packet.OptAnswer).options.map(({ code }) => code)).toEqual([15]);
});

describe('a response is the query with an answer behind its question', () => {
  test('id, question as spelt, flags, records, OPT', () => {
    const response = respond(ask('WeB.default.test'), addresses('web.default.test', 2));
    expect(response).toMatchObject({
      id: 0xbeef,
      rcode: 'NOERROR',
      flag_aa: true,
      flag_tc: false,
      flag_ra: true,
      flag_rd: true,
      questions: [{ name: 'WeB.default.test' }],
    });
    expect(response.answers).toMatchObject([
      { name: 'WeB.default.test', type: 'A', ttl: 30, data: '10.0.0.0' },
      { name: 'WeB.default.test', data: '10.0.0.1' },
    ]);
    expect(response.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232 }]);
  });

  test('written over the query itself it is the same', () => {
    const query = ask('web.default.test');
    const inPlace = new Uint8Array(2048);
    inPlace.set(query.packet);
    const apart = new Uint8Array(2048);
    const answer = addresses('web.default.test', 3);
    const length = writeResponse({ ...query, packet: inPlace }, answer, inPlace, form);
    expect(writeResponse(query, answer, apart, form)).toBe(length);
    expect(inPlace.subarray(0, length)).toEqual(apart.subarray(0, length));
  });

  test('no OPT for a client without EDNS; extended RCODE, options and extended error for one with it', () => {
    expect(respond(ask('a.test', 'A', false), emptyAnswer(Rcode.REFUSED, Source.policy)).additionals).toEqual([]);
    const bad = { ...emptyAnswer(Rcode.BADVERS, Source.server), extendedError: { code: ExtendedError.NOT_READY, text: 'why' } };
    const [opt] = respond(ask('a.test'), bad, { options: Uint8Array.of(0, 3, 0, 1, 65) }).additionals as packet.OptAnswer[];
    expect(opt).toMatchObject({ extendedRcode: 1, options: [{ code: 3 }, { code: 15, data: Buffer.from('\0\x0ewhy') }] });
  });

  test('AD only for who asks (RFC 6840 section 5.7), CD given back', () => {
    const answer = { ...addresses('a.test', 1), authenticData: true };
    expect(respond(ask('a.test'), answer).flag_ad).toBe(false);
    expect(respond(ask('a.test', 'A', false, packet.AUTHENTIC_DATA), answer).flag_ad).toBe(true);
    expect(respond(ask('a.test', 'A', false, packet.CHECKING_DISABLED), answer).flag_cd).toBe(true);
  });

  test('addresses behind an alias take turns, the alias stays in front, also where they do not all fit', () => {
    const owner = nameFromText('a.test')!;
    const target = nameFromText('b.test')!;
    const rdata = Array.from({ length: 3 }, (_, i) => Uint8Array.of(10, 0, 0, i));
    const answer = new BodyWriter(owner)
      .add('answers', owner, Type.CNAME, 30, nameRdata(target))
      .addRRset('answers', target, { type: Type.A, ttl: 30, rdata })
      .add('authorities', target, Type.NS, 30, nameRdata(owner))
      .answer(0, true, Source.zone);
    const said = (rotation: number, limit = 1232): unknown[] =>
      respond(ask('a.test', 'A', false), answer, { rotation, limit }).answers!.map((record) => (record as { data: unknown }).data);
    expect(said(0)).toEqual(['b.test', '10.0.0.0', '10.0.0.1', '10.0.0.2']);
    expect(said(1)).toEqual(['b.test', '10.0.0.1', '10.0.0.2', '10.0.0.0']);
    expect(said(5)).toEqual(['b.test', '10.0.0.2', '10.0.0.0', '10.0.0.1']);
    expect(said(2, 24 + 20 + 2 * 20)).toEqual(['b.test', '10.0.0.2', '10.0.0.0']);
  });

  test('addresses take turns', () => {
    const answer = addresses('a.test', 3);
    const turns = [0, 1, 2, 3].map((rotation) => firstOctets(respond(ask('a.test'), answer, { rotation })));
    expect(turns).toEqual([
      ['10.0.0.0', '10.0.0.1', '10.0.0.2'],
      ['10.0.0.1', '10.0.0.2', '10.0.0.0'],
      ['10.0.0.2', '10.0.0.0', '10.0.0.1'],
      ['10.0.0.0', '10.0.0.1', '10.0.0.2'],
    ]);
  });

  test('TTLs of what was heard count down to 0', () => {
    const answer = { ...addresses('a.test', 2), ageing: { since: 1000, ttlOffsets: [6, 22] } };
    for (const [now, ttl] of [
      [1000, 30],
      [1999, 30],
      [11_000, 20],
      [99_000, 0],
    ] as const) {
      expect(respond(ask('a.test'), answer, { now }).answers).toMatchObject([{ ttl }, { ttl }]);
    }
  });

  test('padded to blocks of 468 octets (RFC 8467)', () => {
    const query = ask('a.test');
    const target = new Uint8Array(2048);
    const answer = addresses('a.test', 5);
    const length = padResponse(target, writeResponse(query, answer, target, form), optSize(query, answer, form), 468);
    expect(length).toBe(468);
    expect(packet.decode(Buffer.from(target.subarray(0, length))).answers).toHaveLength(5);
  });
});

describe('what does not fit (RFC 2181 section 9)', () => {
  test('a response may be as long as the limit, and has as many records as fit exactly', () => {
    // Header, question and five records of a pointer, 10 octets and an address.
    const [before, record] = [12 + 8 + 4, 16];
    const kept = (limit: number): unknown[] => {
      const { answers, flag_tc } = respond(ask('a.test', 'A', false), addresses('a.test', 5), { limit });
      return [answers!.length, flag_tc];
    };
    expect([5, 4, 1].map((count) => kept(before + count * record))).toEqual([
      [5, false],
      [4, true],
      [1, true],
    ]);
    expect(kept(before + 5 * record - 1)).toEqual([4, true]);
  });

  test('addresses are cut with TC, in turn as well', () => {
    const cut = respond(ask('a.test', 'A', false), addresses('a.test', 100), { limit: 512, rotation: 90 });
    expect(cut.flag_tc).toBe(true);
    expect(firstOctets(cut).slice(0, 2)).toEqual(['10.0.0.90', '10.0.0.91']);
    expect(cut.answers).toHaveLength(30);
  });

  test.each([
    ['each of its own name', (i: number) => `p${i}.a.test`, 18],
    ['four of each name', (i: number) => `p${i >> 2}.a.test`, 16],
    ['all of one name', () => 'p0.a.test', 0],
  ])('additional RRsets go first, whole and without TC: %s', (_, owner, kept) => {
    const body = new BodyWriter(name('_x._tcp.a.test'));
    for (let i = 0; i < 4; i++) body.add('answers', name('_x._tcp.a.test'), Type.SRV, 30, srvRdata(0, 25, 80, name(`p${i}.a.test`)));
    for (let i = 0; i < 40; i++) body.add('additionals', name(owner(i)), Type.A, 30, Uint8Array.of(10, 0, 0, i));
    const response = respond(ask('_x._tcp.a.test', 'SRV'), body.answer(Rcode.NOERROR, true, Source.zone), { limit: 512 });
    expect(response.flag_tc).toBe(false);
    expect(response.answers).toHaveLength(4);
    expect(response.additionals!.map(({ type }) => type)).toEqual([...Array.from({ length: kept }, () => 'A'), 'OPT']);
  });

  test('an additional RRset whose owner is a pointer to its first record is whole too', () => {
    const first = Buffer.from('0170c00c0001000100000e100004c0000201', 'hex');
    const query = ask('a.test', 'SRV', false);
    const other = Buffer.from('0171c00c0001000100000e100004c0000203', 'hex');
    const pointer = 0xc000 | (query.questionEnd + other.length);
    const more = Buffer.from(`${pointer.toString(16)}0001000100000e100004c0000202`, 'hex');
    const bodies = [other, first, more];
    const ends = bodies.map((_, i) => bodies.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0));
    const answer = { ...emptyAnswer(Rcode.NOERROR, Source.forward), body: Buffer.concat(bodies), ends, additionals: 3 };
    expect(respond(query, answer, { limit: query.questionEnd + ends[2]! }).additionals).toHaveLength(3);
    expect(respond(query, answer, { limit: query.questionEnd + ends[2]! - 1 }).additionals).toHaveLength(1);
  });

  test('any answer cut to any limit is a message, its records a subset in order', () => {
    const label = fc.stringMatching(/^[a-z]{1,12}$/);
    const anyRecord = fc.oneof(
      fc.tuple(fc.constant(Type.A), fc.uint8Array({ minLength: 4, maxLength: 4 })),
      fc.tuple(fc.constant(Type.AAAA), fc.uint8Array({ minLength: 16, maxLength: 16 })),
      fc.tuple(
        fc.constant(Type.TXT),
        label.map((text) => txtRdata(text)),
      ),
      fc.tuple(
        fc.constant(Type.SRV),
        label.map((text) => srvRdata(0, 1, 80, name(`${text}.ns.svc.test`))),
      ),
      fc.tuple(
        fc.constant(Type.PTR),
        label.map((text) => nameRdata(name(`${text}.svc.test`))),
      ),
      fc.tuple(
        fc.constant(Type.SOA),
        label.map((text) =>
          soaRdata({ mname: name(`${text}.test`), rname: name('h.test'), serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 }),
        ),
      ),
    );
    const sections = ['answers', 'authorities', 'additionals'] as const;
    fc.assert(
      fc.property(
        label,
        fc.tuple(...sections.map(() => fc.array(anyRecord, { maxLength: 25 }))),
        fc.integer({ min: 64, max: 4096 }),
        fc.nat(50),
        fc.boolean(),
        (owner, records, limit, rotation, edns) => {
          const question = `${owner}.ns.svc.test`;
          const body = new BodyWriter(name(question));
          sections.forEach((section, i) => {
            for (const [type, rdata] of records[i]!) body.addRRset(section, name(question), { type, ttl: 5, rdata: [rdata] });
          });
          const response = respond(ask(question, 'A', edns), body.answer(0, true, Source.zone), { limit: Math.max(limit, 100), rotation });
          const got = sections.map((section) => (response[section] ?? []).filter((record) => record.type !== 'OPT').length);
          sections.forEach((_, i) => expect(got[i]).toBeLessThanOrEqual(records[i]!.length));
          expect(response.flag_tc).toBe(got[0]! < records[0]!.length || got[1]! < records[1]!.length);
          if (got[1]! > 0) expect(got[0]).toBe(records[0]!.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});
