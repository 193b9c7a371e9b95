/** RFC 8484 sections 4 and 5: which requests hold a query, and how long a response may be kept. */
import { describe, expect, test } from 'vitest';
import { encode, type Answer as ResourceRecord } from 'dns-packet';
import { freshness, readDohRequest } from './doh.ts';

const type = 'application/dns-message';
// The example of RFC 8484 section 4.1.1.
const example = 'AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB';

describe('readDohRequest', () => {
  test.for([
    { name: 'GET', method: 'GET', target: `/dns-query?dns=${example}`, expected: { query: Buffer.from(example, 'base64url') } },
    { name: 'GET among other parameters', method: 'GET', target: `/dns-query?a=b&dns=${example}`, expected: { query: Buffer.from(example, 'base64url') } }, // prettier-ignore
    { name: 'GET behind a question mark', method: 'GET', target: `/dns-query?a=b?c&dns=${example}`, expected: { query: Buffer.from(example, 'base64url') } }, // prettier-ignore
    { name: 'POST', method: 'POST', target: '/dns-query', contentType: type, expected: { body: true } },
    { name: 'POST, type in capitals', method: 'POST', target: '/dns-query', contentType: 'Application/DNS-Message; x=y', expected: { body: true } }, // prettier-ignore
    { name: 'GET without dns', method: 'GET', target: '/dns-query', expected: { status: 400 } },
    { name: 'GET with an empty dns', method: 'GET', target: '/dns-query?dns=', expected: { status: 400 } },
    { name: 'GET with padding', method: 'GET', target: '/dns-query?dns=AAE%3D', expected: { status: 400 } },
    { name: 'GET with plain base64', method: 'GET', target: '/dns-query?dns=AA%2B%2F', expected: { status: 400 } },
    { name: 'GET too long', method: 'GET', target: `/dns-query?dns=${'A'.repeat(200)}`, expected: { status: 414 } },
    {
      name: 'GET of a whole URL',
      method: 'GET',
      target: `https://dns.test:443/dns-query?dns=${example}`,
      expected: { query: Buffer.from(example, 'base64url') },
    },
    { name: 'a whole URL without a path', method: 'GET', target: `https://dns.test?dns=${example}`, expected: { status: 404 } },
    { name: 'another path', method: 'GET', target: `/?dns=${example}`, expected: { status: 404 } },
    { name: 'another type', method: 'POST', target: '/dns-query', contentType: 'application/json', expected: { status: 415 } },
    { name: 'no type', method: 'POST', target: '/dns-query', expected: { status: 415 } },
    {
      name: 'another method',
      method: 'PUT',
      target: '/dns-query',
      contentType: type,
      expected: { status: 405, headers: { allow: 'GET, POST' } },
    },
  ])('$name', ({ method, target, contentType, expected }) => {
    expect(readDohRequest(method, target, contentType, 100)).toMatchObject(expected);
  });
});

describe('freshness', () => {
  const a = (ttl: number): ResourceRecord => ({ type: 'A', name: 'www.example.com', ttl, data: '192.0.2.1' });
  const cname = (ttl: number): ResourceRecord => ({ type: 'CNAME', name: 'www.example.com', ttl, data: 'gone.example.com' });
  const ns = (ttl: number): ResourceRecord => ({ type: 'NS', name: 'example.com', ttl, data: 'ns.example.com' });
  const soa = (ttl: number, minimum: number): ResourceRecord => ({
    type: 'SOA',
    name: 'example.com',
    ttl,
    data: { mname: 'ns.example.com', rname: 'root.example.com', minimum },
  });
  const questions = [{ type: 'A', name: 'www.example.com' } as const];
  test.for([
    { name: 'the least TTL of the answers', answers: [a(300), a(60), a(120)], authorities: [], seconds: 60 },
    { name: 'nameservers do not count', answers: [a(300)], authorities: [ns(5)], seconds: 300 },
    { name: 'an alias that leads to nothing', answers: [cname(300)], authorities: [soa(3600, 5)], seconds: 5 },
    { name: 'an alias with a lower TTL that leads to nothing', answers: [cname(5)], authorities: [soa(3600, 30)], seconds: 5 },
    { name: 'the minimum of an SOA', answers: [], authorities: [soa(3600, 30)], seconds: 30 },
    { name: 'the TTL of an SOA', answers: [], authorities: [soa(20, 30)], seconds: 20 },
    { name: 'nothing that says so', answers: [], authorities: [], seconds: 0 },
  ])('$name', ({ answers, authorities, seconds }) => {
    expect(freshness(encode({ type: 'response', questions, answers, authorities }))).toBe(seconds);
  });

  test('what is cut anywhere is kept for no time, and ends', () => {
    const whole = encode({ type: 'response', questions, answers: [a(300), a(60)] });
    for (let length = 0; length < whole.length; length++) expect(freshness(whole.subarray(0, length))).toBe(0);
  });
});
