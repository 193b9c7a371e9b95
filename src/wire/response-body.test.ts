/** How the records that are kept are laid out: as they lie or written anew, and which of them rotate. */
import { expect, test } from 'vitest';
import { a, cname, compressed, message, questionOf, type Said } from '../../test/fakes/response.ts';
import type { Answer } from './answer.ts';
import { HEADER_SIZE } from './query.ts';
import type { Question } from './question.ts';
import { readResponse, type Problem } from './response.ts';

const NOW = 5000;
const www = questionOf('www.example.test');
const read = (question: Question, said: Said): Answer | Problem => readResponse(message(question, said), question, NOW);

test('a compressed body stays as it lies, without its OPT', () => {
  const response = compressed(www, 'c00c0001000100000e100004c0000201', 'c00c0001000100000e100004c0000202');
  const answer = readResponse(response, www, NOW) as Answer;
  expect(Buffer.from(answer.body).toString('hex')).toBe('c00c0001000100000e100004c0000201c00c0001000100000e100004c0000202');
  expect(answer).toMatchObject({ answers: 2, authorities: 0, additionals: 0, rotating: 2 });
});

test('owners that are pointers are the same only if both octets are', () => {
  const question = questionOf('www.example.test', 'TXT');
  // The name `other` in the text is at 0x10c, and the question's name at 0x00c.
  const text = Buffer.concat([Buffer.alloc(0x10c - (HEADER_SIZE + question.name.length + 4 + 12), 'x'), Buffer.from('\x05other\0')]);
  const long = `c00c0010000100000e1000${text.length.toString(16)}${text.toString('hex')}`;
  expect(readResponse(compressed(question, long, 'c10c0010000100000e1000020178'), question, NOW)).toMatchObject({ answers: 1 });
});

test('addresses behind an alias rotate where they are owned by a pointer, the alias does not', () => {
  const alias = 'c00c0005000100000e10000603636e64c00c';
  // The alias's target begins behind the question and the record's owner pointer, type, class, TTL and length.
  const owner = `c0${(HEADER_SIZE + www.name.length + 4 + 12).toString(16).padStart(2, '0')}`;
  const addresses = [`${owner}0001000100000e100004c0000201`, `${owner}0001000100000e100004c0000202`];
  expect(readResponse(compressed(www, alias, ...addresses), www, NOW)).toMatchObject({ answers: 3, rotating: 2 });
  expect(readResponse(compressed(www, alias, addresses[0]!), www, NOW)).toMatchObject({ answers: 2, rotating: 1 });
  expect(readResponse(compressed(www, alias), www, NOW)).toMatchObject({ answers: 1, rotating: 0 });
});

test('only addresses of one type at the end of the answer section rotate', () => {
  expect(read(www, { answers: [a('www.example.test'), a('www.example.test')] })).toMatchObject({ rotating: 2 });
  expect(read(www, { answers: [cname('www.example.test', 'cdn.test'), a('cdn.test'), a('cdn.test')] })).toMatchObject({ rotating: 2 });
  const both = { answers: [{ name: 'www.example.test', type: 'AAAA', ttl: 300, data: '2001:db8::1' } as const, a('www.example.test')] };
  expect(read(questionOf('www.example.test', 'ANY'), both)).toMatchObject({ answers: 2, rotating: 1 });
  const mx = questionOf('example.test', 'MX');
  expect(read(mx, { answers: [{ name: 'example.test', type: 'MX', ttl: 1, data: { exchange: 'a.test' } }] })).toMatchObject({
    rotating: 0,
  });
});

test('what finds no room when it is written anew is not turned with the rest', () => {
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.other.invalid`;
  const addresses = Array.from({ length: 800 }, (_, i) => a(long, `10.0.${i >> 8}.${i & 255}`));
  const said = { answers: [a('unrelated.invalid'), cname('www.example.test', long), ...addresses] };
  const result = readResponse(message(www, said), www, 0);
  expect(result).toMatchObject({ truncated: true, rotating: 0 });
});
