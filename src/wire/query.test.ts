import packet from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EdnsOption, Rcode, Type } from './iana.ts';
import { nameFromText } from './name.ts';
import { ednsOption, IGNORED, keepQuery, NO_QUESTION, QueryReader, READ, type Client } from './query.ts';

const client: Client = { address: Uint8Array.of(127, 0, 0, 1), port: 4242, transport: 'udp' };
const read = (message: Uint8Array, length = message.length): { reading: number; query: QueryReader['query'] } => {
  const reader = new QueryReader(client);
  return { reading: reader.read(message, length, client, 7), query: reader.query };
};
const question = { name: 'WWW.Example.test', type: 'A' } as const;
const plain = packet.encode({ type: 'query', id: 1, flags: packet.RECURSION_DESIRED, questions: [question] });
const withEdns = (change: Partial<packet.OptAnswer> = {}): Buffer =>
  packet.encode({
    type: 'query',
    questions: [question],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1400,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: packet.DNSSEC_OK,
        flag_do: true,
        options: [],
        ...change,
      },
    ],
  });
const patched = (message: Uint8Array, at: number, ...octets: number[]): Uint8Array => {
  const copy = Uint8Array.from(message);
  copy.set(octets, at);
  return copy;
};

describe('a query is read where it lies', () => {
  test('name in lower case, type, class, flags', () => {
    const { reading, query } = read(plain);
    expect(reading).toBe(READ);
    expect(query).toMatchObject({
      name: nameFromText('www.example.test'),
      type: Type.A,
      class: 1,
      recursionDesired: true,
      checkingDisabled: false,
      receivedAt: 7,
    });
    expect(query.questionEnd).toBe(plain.length);
    expect(query.edns).toBeUndefined();
  });

  test('EDNS and its options (RFC 6891)', () => {
    const message = withEdns({
      options: [{ code: 'NSID', data: Buffer.alloc(0) } as never, { code: 65001, data: Buffer.from('abc') } as never],
    });
    const { reading, query } = read(message);
    expect(reading).toBe(READ);
    expect(query.edns).toMatchObject({ version: 0, payloadSize: 1400, dnssecOk: true });
    expect(ednsOption(query, EdnsOption.NSID)).toBeDefined();
    const [start, end] = ednsOption(query, 65001)!;
    expect(Buffer.from(message.subarray(start, end)).toString()).toBe('abc');
    expect(ednsOption(query, EdnsOption.COOKIE)).toBeUndefined();
  });

  test('octets behind `length` are not the message', () => {
    expect(read(Buffer.concat([plain, Buffer.alloc(100)]), plain.length).reading).toBe(READ);
  });

  test('a copy does not follow the next query', () => {
    const reader = new QueryReader(client);
    reader.read(Uint8Array.from(withEdns()), withEdns().length, client, 1);
    const kept = keepQuery(reader.query);
    reader.read(patched(plain, 13, 'x'.charCodeAt(0)), plain.length, { ...client, port: 1 }, 2);
    expect(kept).toMatchObject({
      name: nameFromText('www.example.test'),
      receivedAt: 1,
      client: { port: 4242 },
      edns: { payloadSize: 1400 },
    });
  });

  test('a query kept twice has one copy, and the next one, read into the same object, another', () => {
    const reader = new QueryReader(client);
    reader.read(plain, plain.length, client, 1);
    const kept = keepQuery(reader.query);
    expect(keepQuery(reader.query)).toBe(kept);
    expect(keepQuery({ ...reader.query, type: 28 })).toMatchObject({ type: 28 });
    expect(keepQuery(reader.query)).toMatchObject({ type: 1 });
    reader.read(plain, plain.length, client, 2);
    expect(keepQuery(reader.query)).toMatchObject({ receivedAt: 2 });
    expect(kept).toMatchObject({ receivedAt: 1 });
  });
});

describe('what is wrong is judged at once', () => {
  const opt = withEdns().subarray(plain.length);
  test.each<[string, Uint8Array, number]>([
    ['a response (RFC 1035 section 7.3)', patched(plain, 2, 0x81), IGNORED],
    ['shorter than a header', plain.subarray(0, 11), IGNORED],
    ['nothing', new Uint8Array(0), IGNORED],
    ['NOTIFY', patched(plain, 2, 4 << 3), Rcode.NOTIMP],
    ['UPDATE', patched(plain, 2, 5 << 3), Rcode.NOTIMP],
    ['no question (RFC 9619)', patched(plain, 5, 0), Rcode.FORMERR],
    ['two questions (RFC 9619)', patched(plain, 5, 2), Rcode.FORMERR],
    ['a question cut off', plain.subarray(0, plain.length - 1), Rcode.FORMERR],
    ['a pointer in the question', patched(plain, 12, 0xc0, 0x0c), Rcode.FORMERR],
    ['octets behind the question', Buffer.concat([plain, Buffer.from([0])]), Rcode.FORMERR],
    ['a record that is not there', patched(plain, 11, 1), Rcode.FORMERR],
    ['two OPT records (RFC 6891 section 6.1.1)', Buffer.concat([patched(withEdns(), 11, 2), opt]), Rcode.FORMERR],
    ['OPT among the answers', patched(withEdns(), 6, 0, 1, 0, 0, 0, 0), Rcode.FORMERR],
    [
      'an option longer than OPT',
      withEdns({ options: [{ code: 65001, data: Buffer.from('abc') } as never] }).subarray(0, -1),
      Rcode.FORMERR,
    ],
    ['EDNS version 1 (RFC 6891 section 6.1.3)', withEdns({ ednsVersion: 1 }), Rcode.BADVERS],
    [
      'EDNS version 1 without a question',
      Buffer.concat([patched(plain.subarray(0, 12), 5, 0, 0, 0, 0, 0, 0, 1), patched(opt, 6, 1)]),
      Rcode.BADVERS,
    ],
  ])('%s', (_, message, expected) => {
    expect(read(message).reading).toBe(expected);
  });

  const header = (questions: number): Buffer => Buffer.from([0, 1, 0, 0, 0, questions, 0, 0, 0, 0, 0, 1]);
  const asked = plain.subarray(12);
  test.each<[string, Uint8Array, number]>([
    ['no question', Buffer.concat([header(0), opt]), NO_QUESTION],
    ['two questions', Buffer.concat([header(2), asked, asked, opt]), Rcode.FORMERR],
    ['octets behind OPT', Buffer.concat([header(1), asked, opt, opt.subarray(0, 1)]), Rcode.FORMERR],
    ['two OPT records', Buffer.concat([patched(header(1), 11, 2), asked, opt, opt]), Rcode.FORMERR],
    ['NOTIFY', patched(withEdns(), 2, 4 << 3), Rcode.NOTIMP],
    ['UPDATE of two zones', patched(Buffer.concat([header(2), asked, asked, opt]), 2, 5 << 3), Rcode.NOTIMP],
  ])('EDNS is seen in what is refused: %s', (_, message, expected) => {
    const { reading, query } = read(message);
    expect(reading).toBe(expected);
    expect(query.edns).toMatchObject({ version: 0, payloadSize: 1400 });
  });

  test('any bytes: no exception, nothing out of bounds', () => {
    const mutated = fc
      .tuple(fc.constantFrom<Uint8Array>(plain, withEdns()), fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }), fc.nat(80))
      .map(([base, changes, cut]) => {
        const copy = Uint8Array.from(base);
        for (const [at, octet] of changes) if (at < copy.length) copy[at] = octet;
        return copy.subarray(0, Math.max(0, copy.length - (cut > 60 ? cut - 60 : 0)));
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), mutated), (bytes) => {
        const { reading, query } = read(bytes);
        expect(query.questionEnd).toBeLessThanOrEqual(Math.max(12, bytes.length));
        if (reading === READ) expect(query.name.length).toBe(query.questionEnd - 16);
        if (query.edns) expect(query.edns.optionsEnd).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 3000 },
    );
  });
});
