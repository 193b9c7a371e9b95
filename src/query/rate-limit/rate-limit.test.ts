import { describe, expect, test } from 'vitest';
import { asked, type Asked } from '../../../test/fakes/asked.ts';
import { collidingClients } from '../../../test/fakes/colliding-clients.ts';
import { emptyAnswer, Source, type Answer } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { nameFromText, nameToWire, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { soaRdata } from '../../wire/rdata.ts';
import { BodyWriter } from '../../wire/records.ts';
import type { Outcome } from '../handler.ts';
import { Accounts, Judgement } from './accounts.ts';
import { limitKinds } from './imputed.ts';
import { rateLimit, type RateLimits } from './rate-limit.ts';

const limits: RateLimits = {
  responses: 5,
  nxdomains: 0,
  errors: 0,
  all: 0,
  window: 15,
  slip: 2,
  ipv4Prefix: 24,
  ipv6Prefix: 56,
  exempt: [],
  wildcards: [],
  logOnly: false,
  table: 1024,
};

const name = (text: string): Name => nameFromText(text)!;

/** Answers NXDOMAIN to names that begin with `no`, SERVFAIL to `er`, and an address to all others. */
function origin(query: Query): Answer {
  const first = query.name.slice(1, 3);
  if (first === 'er') return emptyAnswer(Rcode.SERVFAIL, Source.forward);
  const body = new BodyWriter(query.name);
  if (first !== 'no')
    return body.add('answers', query.name, Type.A, 30, Uint8Array.of(10, 0, 0, 1)).answer(Rcode.NOERROR, false, Source.zone);
  const soa = soaRdata({ mname: name('ns.test'), rname: name('h.test'), serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 5 });
  return body.add('authorities', name('test'), Type.SOA, 5, soa).answer(Rcode.NXDOMAIN, false, Source.zone);
}

/** One letter per answer: `.` passed, `t` truncated, `-` dropped, `e` the error itself. */
function letter(outcome: Outcome): string {
  if (outcome === undefined) return '-';
  return outcome.truncated === true ? 't' : outcome.rcode === Rcode.SERVFAIL ? 'e' : '.';
}

function limiter(
  options: Partial<RateLimits>,
  verified = false,
  heard: string[] = [],
): (text: string, count: number, how?: Asked) => string {
  const observer = { limited: (kind: number, judgement: number): void => void heard.push(`${limitKinds[kind]!} ${judgement}`) };
  const handler = rateLimit(
    { ...limits, ...options },
    () => 0.37,
    () => verified,
    observer,
  )(origin);
  return (text, count, how) => Array.from({ length: count }, () => letter(handler(asked(text, 'A', how)) as Outcome)).join('');
}

describe('as BIND', () => {
  test('a second brings its rate, the first over it slips, then every second one', () => {
    const ask = limiter({});
    expect(ask('a.test', 11)).toBe('.....t-t-t-');
  });

  test('the debt of a flood is paid back before answers flow again', () => {
    const ask = limiter({ window: 3 });
    expect(ask('a.test', 100)).toHaveLength(100);
    // The balance is -15: three seconds bring it to 0, the fourth gives five answers.
    for (const at of [1000, 2000, 3000]) expect(ask('a.test', 1, { at })).toMatch(/^[t-]$/);
    expect(ask('a.test', 7, { at: 5000 }).slice(0, 5)).toBe('.....');
  });

  test('after a window and a second all is forgotten', () => {
    const ask = limiter({ window: 15 });
    ask('a.test', 1000);
    expect(ask('a.test', 6, { at: 16_000 })).toBe('.....t');
  });

  test.each([
    [0, '.....------'],
    [1, '.....tttttt'],
    [3, '.....t--t--'],
  ])('slip %i', (slip, expected) => {
    expect(limiter({ slip })('a.test', 11)).toBe(expected);
  });

  test('names and types have their own accounts, prefixes too', () => {
    const ask = limiter({});
    ask('a.test', 100);
    expect(ask('b.test', 5)).toBe('.....');
    expect(ask('a.test', 1, { from: '10.1.2.250' })).toMatch(/^[t-]$/);
    expect(ask('a.test', 5, { from: '10.1.3.3' })).toBe('.....');
    expect(ask('a.test', 5, { from: '2001:db8:0:100::1' })).toBe('.....');
    expect(ask('a.test', 1, { from: '2001:db8:0:1ff::2' })).toMatch(/^[t-]$/);
    expect(ask('a.test', 1, { from: '2001:db8:0:200::2' })).toBe('.');
  });

  test('NXDOMAINs count for their zone, whatever the names, under their own limit', () => {
    const ask = limiter({ nxdomains: 3, responses: 0 });
    const flood = Array.from({ length: 8 }, (_, index) => ask(`no${index}.x${index}.test`, 1)).join('');
    expect(flood).toBe('...t-t-t');
    expect(ask('a.test', 20)).toBe('.'.repeat(20));
  });

  test.each<[string, (query: Query) => Answer]>([
    ['as a pointer to the end of a long question', origin],
    ['in full, as some upstreams do', (query) => ({ ...origin(query), body: nameToWire(name('test')) })],
  ])('NXDOMAINs count for their zone, written %s', (_, next) => {
    const handler = rateLimit(
      { ...limits, nxdomains: 3 },
      () => 0.37,
      () => false,
    )(next);
    // The zone begins at octet 256 of the message.
    const long = [63, 63, 63, 44].map((size) => 'a'.repeat(size)).join('.');
    const flood = Array.from({ length: 8 }, (_, index) => letter(handler(asked(`no${index}.x${index}.${long}.test`)) as Outcome));
    expect(flood.join('')).toBe('...t-t-t');
  });

  test('types that a name does not have count together: there are 65,536 of them', () => {
    const handler = rateLimit(
      limits,
      () => 0.37,
      () => false,
    )(() => emptyAnswer(Rcode.NOERROR, Source.zone));
    const flood = Array.from({ length: 9 }, (_, index) => letter(handler(asked('a.test', `TYPE${1000 + index}`)) as Outcome));
    expect(flood.join('')).toBe('.....t-t-');
  });

  test('names that are made up count for their parent', () => {
    const ask = limiter({ wildcards: [name('pod.cluster.local')] });
    const flood = (namespace: string): string =>
      Array.from({ length: 8 }, (_, index) => ask(`10-9-8-${index}.${namespace}.pod.cluster.local`, 1)).join('');
    expect(flood('team-a')).toBe('.....t-t');
    expect(flood('team-b')).toBe('.....t-t');
    // The octets of the domain, but not its labels.
    expect(Array.from({ length: 8 }, (_, index) => ask(`${index}\\003pod\\007cluster\\005local.example`, 1)).join('')).toBe('........');
    expect(ask('pod.cluster.local', 1) + ask('a.svc.cluster.local', 1)).toBe('..');
  });

  test('a slipped NXDOMAIN keeps its code', () => {
    const handler = rateLimit(
      { ...limits, nxdomains: 1 },
      () => 0,
      () => false,
    )(origin);
    void handler(asked('no.test'));
    expect(handler(asked('no.test'))).toMatchObject({ rcode: Rcode.NXDOMAIN, truncated: true, body: new Uint8Array(0) });
  });

  test('errors count for their prefix, and do not slip', () => {
    const ask = limiter({ errors: 2 });
    expect(Array.from({ length: 6 }, (_, index) => ask(`err${index}.test`, 1)).join('')).toBe('ee----');
  });

  test('over the limit of all answers nothing slips', () => {
    const ask = limiter({ responses: 0, all: 4 });
    expect(Array.from({ length: 7 }, (_, index) => ask(`a${index}.test`, 1)).join('')).toBe('....---');
  });
});

test('addresses chosen to share a place in the table under one key do not share it: the flooded one is not forgotten', () => {
  const ask = limiter({ table: 256, slip: 0 });
  const [flooded, ...others] = collidingClients(24);
  ask('a.test', 100, { from: flooded });
  for (const other of others) expect(ask('a.test', 1, { from: other })).toBe('.');
  expect(ask('a.test', 1, { from: flooded })).toBe('-');
});

test('streams, exempt prefixes and good cookies are not limited', () => {
  expect(limiter({})('a.test', 20, { transport: 'tcp' })).toBe('.'.repeat(20));
  expect(limiter({ exempt: ['10.1.0.0/16'] })('a.test', 20)).toBe('.'.repeat(20));
  expect(limiter({}, true)('a.test', 20)).toBe('.'.repeat(20));
});

test('log-only hears of what it would limit, and limits nothing', () => {
  const heard: string[] = [];
  expect(limiter({ logOnly: true }, false, heard)('a.test', 8)).toBe('.'.repeat(8));
  expect(heard).toEqual([`responses ${Judgement.slips}`, `responses ${Judgement.dropped}`, `responses ${Judgement.slips}`]);
});

test('log-only hears only once of an answer over the limit of all answers', () => {
  const heard: string[] = [];
  expect(limiter({ responses: 2, all: 2, logOnly: true }, false, heard)('a.test', 4)).toBe('....');
  expect(heard).toEqual([`all ${Judgement.dropped}`, `all ${Judgement.dropped}`]);
});

test('an answer that comes later is limited when it comes', async () => {
  const handler = rateLimit(
    limits,
    () => 0,
    () => false,
  )((query) => Promise.resolve(origin(query)));
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, index) => {
      const query = asked('a.test');
      const outcome = handler(query);
      // As where the packet of the next client is read over it.
      query.client.address.fill(index);
      return Promise.resolve(outcome);
    }),
  );
  expect(outcomes.map(letter).join('')).toBe('.....t-t');
});

test('without limits the stage is not there', () => {
  expect(
    rateLimit(
      { ...limits, responses: 0 },
      () => 0,
      () => false,
    )(origin),
  ).toBe(origin);
});

test('a flood of keys does not forget one that is in use', () => {
  const accounts = new Accounts(64, 15, 0);
  for (let i = 0; i < 100; i++) accounts.debit(0, 12345, 5, 1);
  for (let key = 1; key <= 300; key += 3) {
    for (let i = 0; i < 3; i++) expect(accounts.debit(0, key + i, 5, 1)).toBe(Judgement.passes);
    expect(accounts.debit(0, 12345, 5, 1)).toBe(Judgement.dropped);
  }
});
