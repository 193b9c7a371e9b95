import type { Answer as PacketRecord } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { a, AA, AD, cname, message, ns, opt, questionOf, RA, recordsOf, soa, TC, type Said } from '../../test/fakes/response.ts';
import type { Answer } from './answer.ts';
import { HEADER_SIZE } from './query.ts';
import type { Question } from './question.ts';
import { readResponse, type Problem } from './response.ts';

const NOW = 5000;
const read = (question: Question, said: Said): Answer | Problem => readResponse(message(question, said), question, NOW);

describe('what is kept of an answer', () => {
  const www = questionOf('www.example.test');
  const nsec: PacketRecord = { name: 'a.example.test', type: 'NSEC', ttl: 1, data: { nextDomain: 'z.example.test', rrtypes: ['A'] } };
  const cases: readonly [title: string, question: Question, said: Said, kept: readonly string[]][] = [
    [
      'its addresses',
      www,
      { answers: [a('www.example.test'), a('www.example.test', '192.0.2.2')] },
      ['an www.example.test A 192.0.2.1', 'an www.example.test A 192.0.2.2'],
    ],
    ['records of any case', www, { answers: [a('WWW.example.TEST')] }, ['an www.example.test A 192.0.2.1']],
    [
      'a CNAME chain',
      www,
      { answers: [cname('www.example.test', 'cdn.test'), cname('cdn.test', 'edge.test'), a('edge.test')] },
      ['an www.example.test CNAME cdn.test', 'an cdn.test CNAME edge.test', 'an edge.test A 192.0.2.1'],
    ],
    [
      'a chain in its order, whatever order it came in',
      www,
      { answers: [a('edge.test'), cname('cdn.test', 'edge.test'), cname('www.example.test', 'cdn.test')] },
      ['an www.example.test CNAME cdn.test', 'an cdn.test CNAME edge.test', 'an edge.test A 192.0.2.1'],
    ],
    [
      'not what is off the chain',
      www,
      { answers: [a('bank.test', '6.6.6.6'), a('www.example.test')] },
      ['an www.example.test A 192.0.2.1'],
    ],
    [
      'not other types',
      www,
      { answers: [{ name: 'www.example.test', type: 'TXT', ttl: 1, data: 'x' }, a('www.example.test')] },
      ['an www.example.test A 192.0.2.1'],
    ],
    [
      'one CNAME a name',
      www,
      { answers: [cname('www.example.test', 'one.test'), cname('www.example.test', 'two.test'), a('one.test'), a('two.test')] },
      ['an www.example.test CNAME one.test', 'an one.test A 192.0.2.1'],
    ],
    [
      'no address beside a CNAME',
      www,
      { answers: [cname('www.example.test', 'cdn.test'), a('www.example.test', '6.6.6.6'), a('cdn.test')] },
      ['an www.example.test CNAME cdn.test', 'an cdn.test A 192.0.2.1'],
    ],
    [
      'a CNAME that was asked for',
      questionOf('www.example.test', 'CNAME'),
      { answers: [cname('www.example.test', 'www.example.test')] },
      ['an www.example.test CNAME www.example.test'],
    ],
    [
      'nothing additional',
      www,
      { answers: [a('www.example.test')], additionals: [a('bank.test', '6.6.6.6')] },
      ['an www.example.test A 192.0.2.1'],
    ],
    [
      'nothing additional of an MX either',
      questionOf('example.test', 'MX'),
      {
        answers: [{ name: 'example.test', type: 'MX', ttl: 1, data: { preference: 1, exchange: 'mx.test' } }],
        additionals: [a('mx.test', '6.6.6.6')],
      },
      ['an example.test MX …'],
    ],
    [
      'the servers of a parent, with DO',
      { ...www, dnssecOk: true },
      { answers: [a('www.example.test')], authorities: [ns('example.test', 'ns.example.test')] },
      ['an www.example.test A 192.0.2.1', 'au example.test NS ns.example.test'],
    ],
    [
      'not the servers of others, with DO',
      { ...www, dnssecOk: true },
      { answers: [a('www.example.test')], authorities: [ns('bank.test', 'ns.evil.test'), ns('example.test', 'ns.example.test')] },
      ['an www.example.test A 192.0.2.1', 'au example.test NS ns.example.test'],
    ],
    [
      'no servers without DO',
      www,
      { answers: [a('www.example.test')], authorities: [ns('example.test', 'ns.example.test')] },
      ['an www.example.test A 192.0.2.1'],
    ],
    ['no proofs without DO', www, { rcode: 3, authorities: [nsec, soa('example.test')] }, ['au example.test SOA …']],
    [
      'the proofs and nothing else, with DO',
      { ...www, dnssecOk: true },
      { rcode: 3, authorities: [nsec, soa('example.test'), { name: 'example.test', type: 'TXT', ttl: 1, data: 'x' }] },
      ['au a.example.test NSEC …', 'au example.test SOA …'],
    ],
    ['the SOA of a denial', www, { rcode: 3, authorities: [soa('example.test')] }, ['au example.test SOA …']],
    [
      'the SOA of where the chain ends',
      www,
      { rcode: 3, answers: [cname('www.example.test', 'gone.other.test')], authorities: [soa('other.test')] },
      ['an www.example.test CNAME gone.other.test', 'au other.test SOA …'],
    ],
    ['a denial without SOA', www, { rcode: 3 }, []],
    ['a name that a DNAME makes too long', www, { rcode: 6 }, []],
    ['no SOA of others', www, { rcode: 3, authorities: [soa('bank.test')] }, []],
    [
      'a DNAME in front of the CNAME made from it',
      questionOf('a.old.test'),
      { answers: [cname('a.old.test', 'a.new.test'), { name: 'old.test', type: 'DNAME', ttl: 1, data: 'new.test' }, a('a.new.test')] },
      ['an old.test DNAME new.test', 'an a.old.test CNAME a.new.test', 'an a.new.test A 192.0.2.1'],
    ],
    [
      'not a DNAME of others',
      questionOf('a.old.test'),
      { answers: [{ name: 'bank.test', type: 'DNAME', ttl: 1, data: 'evil.test' }, cname('a.old.test', 'a.new.test'), a('a.new.test')] },
      ['an a.old.test CNAME a.new.test', 'an a.new.test A 192.0.2.1'],
    ],
    [
      'not a DNAME from which nothing was made',
      www,
      { answers: [{ name: 'example.test', type: 'DNAME', ttl: 1, data: 'evil.test' }, a('www.example.test')] },
      ['an www.example.test A 192.0.2.1'],
    ],
    [
      'a DNAME to who asks for the CNAME made from it: only the DNAME is signed',
      questionOf('a.old.test', 'CNAME'),
      { answers: [{ name: 'old.test', type: 'DNAME', ttl: 1, data: 'new.test' }, cname('a.old.test', 'a.new.test')] },
      ['an old.test DNAME new.test', 'an a.old.test CNAME a.new.test'],
    ],
  ];
  test.each(cases)('%s', (_, question, said, kept) => {
    const result = read(question, said);
    expect(result).toMatchObject({ rcode: said.rcode ?? 0, authoritative: false, additionals: 0 });
    expect(recordsOf(result as Answer, question)).toEqual(kept);
  });
});

describe('what is no answer', () => {
  const www = questionOf('www.example.test');
  const cases: readonly [title: string, said: Said, flaw: string][] = [
    ['the answer to another name', { question: 'www.bank.test', answers: [a('www.bank.test')] }, 'mismatch'],
    ['a truncated one', { flags: RA | TC, answers: [a('www.example.test')] }, 'truncated'],
    ['a CNAME to itself', { answers: [cname('www.example.test', 'www.example.test')] }, 'cname-loop'],
    [
      'a CNAME loop',
      { answers: [cname('www.example.test', 'a.test'), cname('a.test', 'b.test'), cname('b.test', 'a.test')] },
      'cname-loop',
    ],
    [
      'a chain that is too long',
      { answers: [cname('www.example.test', 'n0.test'), ...Array.from({ length: 20 }, (_, i) => cname(`n${i}.test`, `n${i + 1}.test`))] },
      'cname-loop',
    ],
    ['a referral', { flags: 0, authorities: [ns('example.test', 'ns.example.test')] }, 'lame'],
    ['a referral by one that says it resolves', { authorities: [ns('example.test', 'ns.example.test')] }, 'lame'],
    ['a referral upwards', { flags: 0, authorities: [ns('.', 'a.root-servers.net')] }, 'lame'],
    ['an empty one', { flags: 0 }, 'lame'],
    ['one with only what does not belong', { flags: 0, answers: [a('bank.test')] }, 'lame'],
    ['SERVFAIL', { rcode: 2 }, 'servfail'],
    ['FORMERR', { rcode: 1 }, 'formerr'],
    ['REFUSED', { rcode: 5 }, 'refused'],
    ['NOTIMP', { rcode: 4 }, 'formerr'],
    ['an extended RCODE', { additionals: [opt([], 1)] }, 'refused'],
  ];
  test.each(cases)('%s', (_, said, flaw) => {
    expect(read(www, said)).toMatchObject({ flaw });
  });

  test('but an empty one is, from one that resolves or is authoritative', () => {
    expect(read(www, { flags: RA })).toMatchObject({ rcode: 0, answers: 0, authorities: 0 });
    expect(read(www, { flags: AA })).toMatchObject({ rcode: 0, answers: 0, authorities: 0 });
    expect(read(www, { flags: RA, answers: [a('bank.test')] })).toMatchObject({ flaw: 'lame' });
  });

  test('what is there of a truncated one is the last resort', () => {
    const part = { flags: RA | TC, answers: [a('www.example.test')] };
    expect(read(www, part)).toMatchObject({ lastResort: { rcode: 0, answers: 1, truncated: true } });
    expect(read(www, { flags: RA | TC })).not.toHaveProperty('lastResort');
    const cut = message(www, part).subarray(0, -1);
    expect(readResponse(cut, www, 0)).toEqual({ flaw: 'truncated', text: 'truncated' });
  });

  test('a query, another opcode, another type, another class, no question', () => {
    const response = message(www, { answers: [a('www.example.test')] });
    const end = HEADER_SIZE + www.name.length;
    const changes: readonly [at: number, octet: number][] = [
      [2, 0x00],
      [2, 0x80 | (4 << 3)],
      [end + 1, 28],
      [end + 3, 3],
      [5, 0],
    ];
    for (const [at, octet] of changes) {
      const changed = Buffer.from(response);
      changed[at] = octet;
      expect(readResponse(changed, www, NOW)).toMatchObject({ flaw: 'mismatch' });
    }
  });

  test('an error without a question sends us elsewhere', () => {
    const header = Buffer.from('000080810000000000000000', 'hex');
    expect(readResponse(header, www, NOW)).toMatchObject({ flaw: 'formerr' });
  });
});

describe('the form of an answer', () => {
  const www = questionOf('www.example.test');

  test('TTLs are found, and count from now', () => {
    const answer = read(www, { answers: [cname('www.example.test', 'cdn.test'), a('cdn.test', '192.0.2.1', 77)] }) as Answer;
    const view = Buffer.from(answer.body);
    expect(Array.from(answer.ageing!.ttlOffsets, (offset) => view.readUInt32BE(offset))).toEqual([60, 77]);
    expect(answer.ageing!.since).toBe(NOW);
    expect(answer.ends[1]).toBe(answer.body.length);
  });

  test('a TTL above 2^31 - 1 is 0 (RFC 2181 section 8)', () => {
    const answer = read(www, { answers: [a('www.example.test', '192.0.2.1', 0x80000000)] }) as Answer;
    expect(Buffer.from(answer.body).readUInt32BE(answer.ageing!.ttlOffsets[0])).toBe(0);
  });

  test('AD and an extended error are kept, its text made printable', () => {
    const option = { code: 15, data: Buffer.from('\x00\x0fblo\x07cked', 'latin1') };
    const answer = read(www, { flags: RA | AD, rcode: 3, additionals: [opt([option])] });
    expect(answer).toMatchObject({ authenticData: true, extendedError: { code: 15, text: 'blocked' } });
    expect(read(www, { rcode: 2, additionals: [opt([option])] })).toMatchObject({ flaw: 'servfail', extendedError: { code: 15 } });
    const silent = { code: 15, data: Buffer.from([0, 22]) };
    expect(read(www, { rcode: 2, additionals: [opt([silent])] })).toMatchObject({ extendedError: { code: 22, text: '' } });
  });

  test('the body is a copy', () => {
    const response = message(www, { answers: [a('www.example.test')] });
    const before = Buffer.from(response);
    const answer = readResponse(response, www, NOW) as Answer;
    const body = Buffer.from(answer.body);
    expect(Buffer.from(response)).toEqual(before);
    response.fill(0);
    expect(Buffer.from(answer.body)).toEqual(body);
    expect(answer.body.buffer.byteLength).toBe(answer.body.length);
  });
});
