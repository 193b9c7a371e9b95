import { describe, expect, test } from 'vitest';
import { pick, seeded } from '../../../test/fakes/seeded.ts';
import type { Random } from '../../clock.ts';
import { parseAddress } from '../../wire/address.ts';
import { emptyAnswer, Source } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { nameFromText, nameToText, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { detectors, type Detectors } from './detectors.ts';
import { behindAddress, isMadeOfAnother, randomOctets, registeredDomain } from './names.ts';

const name = (text: string): Name => nameFromText(text)!;
const address = (text: string): Uint8Array => parseAddress(text)!;

const found = emptyAnswer(Rcode.NOERROR, Source.cache);
const absent = emptyAnswer(Rcode.NXDOMAIN, Source.forward);
const failed = emptyAnswer(Rcode.SERVFAIL, Source.forward);
const ours = emptyAnswer(Rcode.NOERROR, Source.zone);
const oursAbsent = emptyAnswer(Rcode.NXDOMAIN, Source.zone);

const query = {
  name: name('a.test'),
  type: Type.A as number,
  client: { address: address('10.0.0.1'), port: 5, transport: 'udp' },
  receivedAt: 0,
};

/** Reuses one object for all queries, as the responder does. */
function queryOf(at: number, from: Uint8Array, asked: Name, type: number = Type.A): Query {
  query.receivedAt = at;
  query.client.address = from;
  query.name = asked;
  query.type = type;
  return query as unknown as Query;
}

/** Detectors, and their alerts as text. */
function watched(random: Random): {
  ask: (at: number, from: Uint8Array, asked: Name, answer: typeof found, type?: number) => void;
  told: string[];
  watch: Detectors;
} {
  const told: string[] = [];
  const watch = detectors(random, (kind, subject, detail) => told.push(`${kind}: ${subject}: ${detail}`));
  const ask = (at: number, from: Uint8Array, asked: Name, answer: typeof found, type: number = Type.A): void => {
    watch.responded(queryOf(at, from, asked, type), answer);
  };
  return { ask, told, watch };
}

const letters = (random: Random, count: number, from = 'abcdefghijklmnopqrstuvwxyz234567'): string =>
  Array.from({ length: count }, () => pick(random, from.split(''))).join('');

describe.each([1, 2, 3])('each attack of seed %i is told of once', (seed) => {
  const attacks: Readonly<Record<string, (ask: ReturnType<typeof watched>['ask'], random: Random, watch: Detectors) => void>> = {
    'probe: 10.0.0.8: asked 10 times within a minute for ANY, AXFR or IXFR, last ANY': (_, __, watch) => {
      for (let i = 0; i < 30; i++) watch.dropped(queryOf(i * 1000, address('10.0.0.8'), name('cluster.local'), Type.ANY));
    },
    'probe: 10.0.0.9: asked 10 times within a minute for ANY, AXFR or IXFR, last AXFR': (ask) => {
      for (let i = 0; i < 30; i++) ask(i * 1000, address('10.0.0.9'), name('cluster.local'), ours, i % 2 === 0 ? Type.ANY : Type.AXFR);
    },
    'source: 10.0.0.9: asks 7': (ask, random) => {
      const clients = Array.from({ length: 20 }, (_, index) => address(`10.0.1.${index}`));
      for (let i = 0; i < 60_000; i++)
        ask(i / 3, random() < 0.75 ? address('10.0.0.9') : pick(random, clients), name('a.b.svc.cluster.local'), ours);
    },
    'absent-names: 10.0.0.9: asked for some 1': (ask, random) => {
      for (let i = 0; i < 200; i++)
        ask(i * 200, address('10.0.0.9'), name(`${letters(random, 12)}.${pick(random, ['com', 'net', 'info'])}`), absent);
    },
    'absent-names: 10.0.0.9: asked 3000 times within a minute for outside names that do not exist, 100 % of what it asks': (ask) => {
      for (let i = 0; i < 3500; i++) ask(i * 10, address('10.0.0.9'), name(`gone${i % 3}.example`), absent);
    },
    'absent-names: 10.0.0.9: asked some 6': (ask, random) => {
      for (let i = 0; i < 10_000; i++) ask(i * 6, address('10.0.0.9'), name(`${letters(random, 6)}.default.svc.cluster.local`), oursAbsent);
    },
    'blocked-names: 10.0.0.9: asked 1000 times within a minute for some 3 names that policies block': (_, __, watch) => {
      for (let i = 0; i < 2000; i++) watch.blocked(queryOf(i * 20, address('10.0.0.9'), name(`c${i % 3}.evil.example`)));
    },
    'blocked-names: 10.0.0.7: asked 1': (_, random, watch) => {
      for (let i = 0; i < 200; i++) watch.blocked(queryOf(i * 200, address('10.0.0.7'), name(`${letters(random, 12)}.evil.example`)));
    },
    'tunnel: 10.0.0.8 evil.example.: some 2': (ask, random) => {
      for (let i = 0; i < 3000; i++)
        ask(i * 10, address('10.0.0.8'), name(`${letters(random, 40, '0123456789abcdef')}.t.evil.example`), found, Type.TXT);
    },
    'tunnel: 10.0.0.9 evil.example.: some 8': (ask, random) => {
      for (let i = 0; i < 100; i++)
        ask(i * 500, address('10.0.0.9'), name(`${letters(random, 50)}.${letters(random, 30)}.t.evil.example`), found, Type.TXT);
    },
    'random-subdomains: victim.example.: some 4': (ask, random) => {
      for (let i = 0; i < 2000; i++)
        ask(
          i * 20,
          address(`10.0.${i % 50}.1`),
          name(`${letters(random, 10)}.victim.example`),
          i % 5 === 0 ? found : i % 3 === 0 ? failed : absent,
        );
    },
    'forgery: 10.0.0.53: 50 messages within a minute that answer none of our questions': (_, __, watch) => {
      for (let i = 0; i < 1000; i++) watch.forged('10.0.0.53', i * 20);
    },
    'forgery: 10.0.0.54: 3 questions within ten minutes were met by several messages that do not answer them': (_, __, watch) => {
      for (let at = 0; at < 60_000; at += 11_000) {
        for (let i = 0; i < 3; i++) watch.forged('10.0.0.54', at);
        watch.guessed('10.0.0.54', at);
      }
    },
  };
  test.each(Object.entries(attacks))('%s', (expected, attack) => {
    const random = seeded(seed);
    const { ask, told, watch } = watched(random);
    attack(ask, random, watch);
    expect(told.filter((one) => one.startsWith(expected.split(':')[0]!))).toEqual([expect.stringContaining(expected)]);
  });
});

/**
 * What a mail server looks up in a second: senders by address, in lists with a customer's key, domains, and hashes of mail addresses and files; each
 * also with the suffixes of its search path.
 */
function mailServer(random: Random): { next: () => (readonly [Name, typeof found])[] } {
  const hexadecimal = '0123456789abcdef';
  const key = letters(random, 26);
  const octet = (): number => Math.floor(random() * 256);
  const listed = (): typeof found => (random() < 0.1 ? found : absent);
  const lookups = (): string[] => [
    `${octet()}.${octet()}.${octet()}.${octet()}.${key}.zen.dq.lists.example`,
    `${Array.from({ length: 32 }, () => pick(random, hexadecimal.split(''))).join('.')}.${key}.zen.dq.lists.example`,
    `${letters(random, 40, hexadecimal)}.ebl.lists.example`,
    `${letters(random, 40, hexadecimal)}.ebl.lists.example`,
    `${letters(random, 52)}._email.${key}.hbl.dq.lists.example`,
    `${letters(random, 8)}.example.dbl.lists.example`,
  ];
  return {
    next: () =>
      lookups().flatMap((text): (readonly [Name, typeof found])[] => [
        ...['ns-1.svc.cluster.local', 'svc.cluster.local', 'cluster.local'].map(
          (suffix) => [name(`${text}.${suffix}`), oursAbsent] as const,
        ),
        [name(text), listed()],
      ]),
  };
}

/** Seconds of the day with mail, which makes 24 queries in each. */
const MAIL = 3600;

/**
 * A day of a cluster: 300 pods with uneven query rates, search paths, repeated and hashed names of clouds, a crawler that queries ever new names, a
 * mail server that looks up senders in block lists, a secondary, and half a minute with 2,000 more queries a second.
 */
function ordinaryDay(random: Random, ask: ReturnType<typeof watched>['ask'], watch: Detectors): number {
  const pods = Array.from({ length: 300 }, (_, index) => address(`10.1.${index >> 8}.${index & 255}`));
  const services = Array.from({ length: 500 }, (_, index) => name(`svc-${index}.ns-${index % 40}.svc.cluster.local`));
  const common = [
    'api.github.com',
    's3.us-east-1.amazonaws.com',
    'www.wikipedia.org',
    'time.example',
    'db-7f3a9c.cluster-c9akciq32rdi.eu-west-1.rds.amazonaws.com',
  ];
  const hashed = Array.from(
    { length: 60 },
    () => `${letters(random, 14)}${letters(random, 20, '0123456789abcdef')}.eu-central-1.elb.amazonaws.com`,
  );
  const outside = [...common, ...hashed, ...Array.from({ length: 400 }, (_, index) => `host${index}.site${index % 90}.example`)];
  const names = outside.map(name);
  const searched = outside.flatMap((text) => [
    name(`${text}.ns-1.svc.cluster.local`),
    name(`${text}.svc.cluster.local`),
    name(`${text}.cluster.local`),
  ]);
  const searchedOutside = outside.map((text) => name(`${text}.corp.example`));
  const mail = mailServer(random);
  let asked = 0;
  const one = (at: number): void => {
    // The square favours a few pods: the busiest one sends some 6 % of all queries.
    const pod = pods[Math.floor(random() ** 2 * pods.length)]!;
    const which = Math.floor(random() ** 3 * names.length);
    const chance = random();
    asked++;
    if (chance < 0.45) ask(at, pod, pick(random, services), ours);
    else if (chance < 0.8) ask(at, pod, pick(random, searched), oursAbsent);
    else if (chance < 0.87) ask(at, pod, searchedOutside[which]!, absent);
    else ask(at, pod, names[which]!, random() < 0.002 ? failed : found, random() < 0.5 ? Type.A : Type.AAAA);
  };
  for (let second = 0; second < 86_400; second++) {
    const at = second * 1000;
    for (let i = 0; i < 6; i++) one(at + i);
    if (second >= 36_000 && second < 36_030) for (let i = 0; i < 2000; i++) one(at + i / 2);
    ask(at, address('10.1.9.1'), name(`www.${letters(random, 8)}${second}.example`), random() < 0.02 ? absent : found);
    if (second % 2 === 0)
      ask(at, address('10.1.9.2'), name(`${second % 251}.${second % 13}.2.192.bl.lists.example`), random() < 0.7 ? absent : found);
    if (second < MAIL) for (const [looked, answer] of mail.next()) ask(at, address('10.1.9.2'), looked, answer);
    if (second % 3600 === 0) ask(at, address('10.1.9.3'), name('cluster.local'), ours, Type.AXFR);
    // Late replies, and now and then an exchange given up because of several messages that do not match.
    if (second % 700 === 0) watch.forged('10.0.0.53', at);
    if (second % 20_000 === 0) for (let i = 0; i < 3; i++) watch.guessed('10.0.0.53', at + i * 700_000);
    // A program whose telemetry host is blocked.
    for (let i = 0; i < 4; i++) watch.blocked(queryOf(at + i, address('10.1.9.4'), name(`telemetry${i % 2}.vendor.example`)));
  }
  return asked;
}

// More than half a million queries: takes seconds, or a minute on a busy machine.
test.each([1, 2])('a day of ordinary traffic, seed %i: not a word', { timeout: 180_000 }, (seed) => {
  const random = seeded(seed);
  const { ask, told, watch } = watched(random);
  expect(ordinaryDay(random, ask, watch)).toBeGreaterThan(500_000);
  expect(told).toEqual([]);
});

test('of each client that does the same it is told, though of few in a minute', () => {
  const { ask, told } = watched(seeded(5));
  for (let i = 0; i < 30; i++)
    for (let client = 1; client <= 3; client++) ask(i * 1000, address(`10.0.0.${client}`), name('a.test'), found, Type.ANY);
  expect(told.map((one) => one.split(': ')[1])).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  for (let i = 0; i < 30; i++)
    for (let client = 10; client < 60; client++) ask(i * 1000 + 30_000, address(`10.0.0.${client}`), name('a.test'), found, Type.ANY);
  expect(told).toHaveLength(5);
});

test('search paths, however much they ask, are no guessing of names', () => {
  const { ask, told } = watched(seeded(6));
  for (let i = 0; i < 30_000; i++) {
    const text = `host${i % 50}.site.example`;
    for (const suffix of ['ns-1.svc.cluster.local', 'svc.cluster.local', 'cluster.local'])
      ask(i * 2, address('10.0.0.1'), name(`${text}.${suffix}`), oursAbsent);
    ask(i * 2, address('10.0.0.1'), name(text), found);
  }
  expect(told.filter((one) => one.startsWith('absent-names'))).toEqual([]);
});

test.each([
  ['1.2.3.4.key.zen.lists.example', 'key.zen.lists.example'],
  [`${'a.'.repeat(32)}key.example`, 'key.example'],
  ['mail.1.2.3.example', 'mail.1.2.3.example'],
  ['1.2.3.example', '1.2.3.example'],
  ['.', '.'],
])('behind the address in %s stands %s', (text, rest) => {
  expect(name(text).slice(behindAddress(name(text)))).toBe(name(rest));
});

test('one that asks for the same names in each minute is told of in each', () => {
  const { ask, told } = watched(seeded(7));
  for (let i = 0; i < 600; i++) ask(i * 300, address('10.0.0.9'), name(`n${i % 200}.example`), absent);
  expect(told).toHaveLength(3);
});

test('an attack that goes on is told of once a minute', () => {
  const { ask, told } = watched(seeded(4));
  for (let i = 0; i < 300; i++) ask(i * 1000, address('10.0.0.9'), name('a.test'), found, Type.ANY);
  expect(told).toHaveLength(5);
});

test.each([
  ['www.example.com', 'example.com.'],
  ['a.b.c.example.co.uk', 'example.co.uk.'],
  ['example.co.uk', 'example.co.uk.'],
  ['co.uk', 'co.uk.'],
  ['uk', 'uk.'],
  ['.', '.'],
])('the registered domain of %s is %s', (text, expected) => {
  expect(nameToText(registeredDomain(name(text)))).toBe(expected);
});

test.each([
  ['www.example.com', 0],
  ['ip-10-100-200-30.eu-central-1.compute.internal', 0],
  ['catalog-search-indexer.shopping-frontend.svc.cluster-b.corp', 0],
  ['orders-prod.c9akciq32rdi.eu-west-1.rds', 12],
  ['d41d8cd98f00b204e9800998ecf8427e.t', 32],
  ['mzxw6ytboi4dq.nbswy3dpeb3w64tmmq', 31],
  ['kqxbtrwdpl-mnpqrstz_zxcvbnmlqw.a', 20],
])('%s holds %i random octets', (text, octets) => {
  expect(randomOctets(name(text), 0, name(text).length - 1)).toBe(octets);
});

test.each([
  ['www.example.com.corp.example', true],
  ['example.de.list.example', true],
  ['example.com.lan', true],
  ['example.co.uk.lan', true],
  ['2.2.0.192.list.example', true],
  ['2.2.0.192.in-addr.arpa', true],
  ['_dmarc.example.com', true],
  ['www.example.com', false],
  ['example.com.br', false],
  ['www.example.co.uk', false],
  ['a.b.c.example', false],
  ['com', false],
  ['.', false],
])('%s is made of another name: %s', (text, is) => {
  expect(isMadeOfAnother(name(text))).toBe(is);
});
