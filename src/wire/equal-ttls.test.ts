import type { Answer as PacketRecord } from 'dns-packet';
import { expect, test } from 'vitest';
import { a, cname, compressed, message, questionOf } from '../../test/fakes/response.ts';
import type { Answer } from './answer.ts';
import type { Question } from './question.ts';
import { readResponse } from './response.ts';
import { answerRecords } from './splice.ts';

const www = questionOf('www.example.test');
const signature = (name: string, ttl: number, typeCovered: string): PacketRecord => ({
  name,
  type: 'RRSIG',
  ttl,
  data: {
    typeCovered,
    algorithm: 13,
    labels: 3,
    originalTTL: 300,
    expiration: 1,
    inception: 0,
    keyTag: 1,
    signersName: 'test',
    signature: Buffer.alloc(4),
  },
});

test.each<[string, Question, PacketRecord[], number[]]>([
  ['equal TTLs', www, [a('www.example.test', '192.0.2.1', 60), a('www.example.test', '192.0.2.2', 60)], [60, 60]],
  ['unequal ones', www, [300, 60, 3600].map((ttl, index) => a('www.example.test', `192.0.2.${index}`, ttl)), [60, 60, 60]],
  ['the highest bit set', www, [a('www.example.test', '192.0.2.1', 60), a('www.example.test', '192.0.2.2', 0x80000001)], [0, 0]],
  ['owners in different case', www, [a('WWW.example.test', '192.0.2.1', 60), a('www.example.test', '192.0.2.2', 30)], [30, 30]],
  [
    'an alias, which is an RRset of its own',
    www,
    [cname('www.example.test', 'edge.test'), a('edge.test', '192.0.2.1', 600), a('edge.test', '192.0.2.2', 300)],
    [60, 300, 300],
  ],
  [
    'signatures, which form none',
    { ...questionOf('www.example.test', 'ANY'), dnssecOk: true },
    [a('www.example.test', '192.0.2.1', 60), signature('www.example.test', 60, 'A'), signature('www.example.test', 300, 'TXT')],
    [60, 60, 300],
  ],
])('%s', (_, question, answers, ttls) => {
  const answer = readResponse(message(question, { answers }), question, 0) as Answer;
  expect(answerRecords(question.name, answer, 0).map(({ ttl }) => ttl)).toEqual(ttls);
});

test('in a body that stays as it lies too', () => {
  const ttls = ['01020304', '00010203', '01020305'];
  const response = compressed(www, ...ttls.map((ttl, index) => `c00c00010001${ttl}0004c000020${index}`));
  const answer = readResponse(response, www, 0) as Answer;
  expect(answerRecords(www.name, answer, 0).map(({ ttl, rdata }) => [ttl, rdata[3]])).toEqual([0, 1, 2].map((last) => [0x00010203, last]));
});
