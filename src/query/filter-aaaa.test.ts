import { expect, it } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Rcode, Type, typeName } from '../wire/iana.ts';
import { nameFromText, ROOT, type Name } from '../wire/name.ts';
import { soaRdata } from '../wire/rdata.ts';
import { BodyWriter } from '../wire/records.ts';
import { readTtl } from './cache/lifetime.ts';
import { filterAaaa, type FilterAaaa } from './filter-aaaa.ts';
import type { Outcome } from './handler.ts';

const name = (text: string): Name => nameFromText(text)!;
const soa = soaRdata({ mname: ROOT, rname: ROOT, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 60 });
const v6 = Uint8Array.from({ length: 16 }, (_, i) => i);

/** The upstreams' answers to `<name> <type>`; anything else is NXDOMAIN. */
const says: Readonly<Record<string, () => Outcome>> = {
  'both A': () => positive('both', Type.A, Uint8Array.of(192, 0, 2, 1)),
  'both AAAA': () => positive('both', Type.AAAA, v6),
  'six A': () => noData('six'),
  'six AAAA': () => positive('six', Type.AAAA, v6),
  'alias A': () => positive('alias', Type.CNAME, Buffer.from('\x06target\0')),
  'broken A': () => emptyAnswer(Rcode.SERVFAIL, Source.server),
};

function positive(owner: string, type: number, rdata: Uint8Array): Answer {
  const body = new BodyWriter(name(owner)).addRRset('answers', name(owner), { type, ttl: 40, rdata: [rdata] });
  return { ...body.answer(Rcode.NOERROR, false, Source.forward), ageing: { since: 0, ttlOffsets: [6] } };
}

function noData(owner: string): Answer {
  return new BodyWriter(name(owner)).add('authorities', ROOT, Type.SOA, 40, soa).answer(Rcode.NOERROR, false, Source.forward);
}

function rig(mode: FilterAaaa, hasIpv6 = false, later = false) {
  const log: string[] = [];
  const cached = new Map<string, Outcome>();
  const handler = filterAaaa(
    mode,
    () => hasIpv6,
  )((query) => {
    const question = `${query.name.slice(1, -1)} ${typeName(query.type)}`;
    log.push(question);
    const outcome = cached.get(question) ?? says[question]?.() ?? emptyAnswer(Rcode.NXDOMAIN, Source.forward);
    cached.set(question, outcome);
    return later ? Promise.resolve(outcome) : outcome;
  });
  return { handler, log };
}

it('asks nothing that the client did not ask for: its question without RD stays without', async () => {
  const flags: boolean[] = [];
  const stage = filterAaaa('on', () => false);
  const handler = stage(({ recursionDesired, packet }) => {
    flags.push(recursionDesired, (packet[2]! & 1) === 1);
    return emptyAnswer(Rcode.REFUSED, Source.server);
  });
  expect(await handler({ ...asked('both', 'AAAA'), recursionDesired: false })).toMatchObject({ rcode: Rcode.REFUSED });
  expect(flags.slice(0, 2)).toEqual([false, false]);
});

it.each<[string, FilterAaaa, boolean, string, string[], number, string]>([
  ['off', 'off', false, 'both', ['both AAAA'], Rcode.NOERROR, 'data'],
  ['on', 'on', true, 'both', ['both A'], Rcode.NOERROR, 'no data'],
  ['auto without IPv6', 'auto', false, 'both', ['both A'], Rcode.NOERROR, 'no data'],
  ['auto with IPv6', 'auto', true, 'both', ['both AAAA'], Rcode.NOERROR, 'data'],
  ['a name with IPv6 only', 'on', false, 'six', ['six A', 'six AAAA'], Rcode.NOERROR, 'data'],
  ['a missing name stays missing', 'on', false, 'gone', ['gone A'], Rcode.NXDOMAIN, 'no data'],
  ['a CNAME without address', 'on', false, 'alias', ['alias A', 'alias AAAA'], Rcode.NXDOMAIN, 'no data'],
  ['a failure', 'on', false, 'broken', ['broken A', 'broken AAAA'], Rcode.NXDOMAIN, 'no data'],
])('%s', async (_, mode, hasIpv6, question, log, rcode, data) => {
  for (const later of [false, true]) {
    const { handler, log: seen } = rig(mode, hasIpv6, later);
    const outcome = handler(asked(question, 'AAAA'));
    expect(outcome instanceof Promise).toBe(later);
    expect(await outcome).toMatchObject({ rcode, answers: data === 'data' ? 1 : 0 });
    expect(seen).toEqual(log);
  }
});

it('leaves a query with DO alone: a validator would take the denial for a forgery', () => {
  const { handler, log } = rig('on');
  const query = asked('both', 'AAAA');
  expect(handler({ ...query, edns: { ...query.edns!, dnssecOk: true } })).toMatchObject({ answers: 1 });
  expect(log).toEqual(['both AAAA']);
});

it('lets every other type pass', () => {
  const { handler, log } = rig('on');
  void handler(asked('both', 'A'));
  void handler(asked('both', 'TXT'));
  expect(log).toEqual(['both A', 'both TXT']);
});

it('can be cached for as long as the IPv4 address lives, and is made once', () => {
  const { handler } = rig('on');
  const first = handler(asked('both', 'AAAA', { at: 10_000 })) as Answer;
  expect(first.authorities).toBe(1);
  expect(readTtl(first.body, 6)).toBe(30);
  expect(readTtl(first.body, first.body.length - 4)).toBe(30);
  expect(first.ageing).toEqual({ since: 10_000, ttlOffsets: [6] });
  expect(handler(asked('both', 'AAAA', { at: 20_000 }))).toBe(first);
});
