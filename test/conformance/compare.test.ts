import { describe, expect, it } from 'vitest';
import { differences } from './compare.ts';
import type { Said } from './said.ts';

const recorded: Said = {
  rcode: 'NOERROR',
  aa: true,
  tc: false,
  answer: [
    ['a.test.', 30, 'SRV', '0 50 80 b.test.'],
    ['a.test.', 30, 'SRV', '0 50 81 b.test.'],
  ],
  authority: [['test.', 30, 'SOA', 'x']],
  additional: [['b.test.', 30, 'A', '192.0.2.1']],
  question: 'A.test.',
};

describe('a response is as recorded', () => {
  it.each<[string, Partial<Said>]>([
    ['itself', {}],
    ['in another order', { answer: recorded.answer.toReversed() }],
    ['with other weights', { answer: recorded.answer.map(([owner, ttl, type, data]) => [owner, ttl, type, data.replace('50', '100')]) }],
    ['with TTLs 5 s off', { answer: recorded.answer.map(([owner, , type, data]) => [owner, 25, type, data]) }],
    ['without additional records', { additional: [] }],
    ['with another SOA of the same owner', { authority: [['test.', 5, 'SOA', 'y']] }],
  ])('%s', (_, change) => {
    expect(differences(recorded, { ...recorded, ...change }, true)).toEqual([]);
  });
});

describe('a response is not as recorded', () => {
  it.each<[string, Partial<Said>]>([
    ['RCODE is NXDOMAIN', { rcode: 'NXDOMAIN' }],
    ['AA is false', { aa: false }],
    ['question is a.test.', { question: 'a.test.' }],
    ['answer is a.test.,30,SRV,0 50 80 b.test.', { answer: recorded.answer.slice(0, 1) }],
    ['answer is empty', { answer: [] }],
    ['TTL of a.test. SRV 0 * 80 b.test. is 24', { answer: recorded.answer.map(([owner, , type, data]) => [owner, 24, type, data]) }],
    ['authority is empty', { authority: [] }],
    ['additional record is b.test.,30,A,192.0.2.2', { additional: [['b.test.', 30, 'A', '192.0.2.2']] }],
  ])('%s', (problem, change) => {
    expect(differences(recorded, { ...recorded, ...change }, true)[0]).toMatch(new RegExp(`^${problem.replaceAll('*', '\\*')}`));
  });

  it('when it claims authority for a name outside', () => {
    expect(differences(recorded, recorded, false)).toEqual(['AA is true, not false']);
  });
});
