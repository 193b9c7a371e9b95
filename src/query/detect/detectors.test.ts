import { describe, expect, test } from 'vitest';
import { pick, seeded } from '../../../test/fakes/seeded.ts';
import type { Random } from '../../clock.ts';
import { parseAddress } from '../../wire/address.ts';
import { emptyAnswer, Source } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { nameFromText, nameToText, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { detectors, type Detectors } from './detectors.ts';
import { entropy, registeredDomain } from './names.ts';

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

/** Detectors and what they told. */
function watched(random: Random): {
  ask: (at: number, from: Uint8Array, asked: Name, answer: typeof found, type?: number) => void;
  told: string[];
  watch: Detectors;
} {
  const told: string[] = [];
  const watch = detectors(random, (kind, subject, detail) => told.push(`${kind}: ${subject}: ${detail}`));
  const ask = (at: number, from: Uint8Array, asked: Name, answer: typeof found, type: number = Type.A): void => {
    query.receivedAt = at;
    query.client.address = from;
    query.name = asked;
    query.type = type;
    watch.responded(query as unknown as Query, answer);
  };
  return { ask, told, watch };
}

const letters = (random: Random, count: number, from = 'abcdefghijklmnopqrstuvwxyz234567'): string =>
  Array.from({ length: count }, () => pick(random, from.split(''))).join('');

describe.each([1, 2, 3])('each attack of seed %i is told of once', (seed) => {
  const attacks: Readonly<Record<string, (ask: ReturnType<typeof watched>['ask'], random: Random, watch: Detectors) => void>> = {
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
    'tunnel: 10.0.0.9 evil.example.: some 8': (ask, random) => {
      for (let i = 0; i < 100; i++)
        ask(i * 500, address('10.0.0.9'), name(`${letters(random, 50)}.${letters(random, 30)}.t.evil.example`), found, Type.TXT);
    },
    'random-subdomains: victim.example.: some 4': (ask, random) => {
      for (let i = 0; i < 2000; i++)
        ask(i * 20, address(`10.0.${i % 50}.1`), name(`${letters(random, 10)}.victim.example`), i % 3 === 0 ? failed : absent);
    },
    'forgery: 10.0.0.53: 50 messages within a minute that answer none of our questions': (_, __, watch) => {
      for (let i = 0; i < 1000; i++) watch.forged('10.0.0.53', i * 20);
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
 * A day of a cluster: 300 pods of uneven appetite, search paths, repeated and hashed names of clouds, a crawler that asks for ever new names, a mail
 * server that looks senders up in block lists, a secondary, and an hour in which one Service is restarted and everything asks ten times as much.
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
  let asked = 0;
  const one = (at: number): void => {
    // The square prefers a few: the greediest pod asks some 6 % of all.
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
    if (second % 3600 === 0) ask(at, address('10.1.9.3'), name('cluster.local'), ours, Type.AXFR);
    if (second % 700 === 0) watch.forged('10.0.0.53', at);
  }
  return asked;
}

// Half a million queries: seconds, or a minute on a machine with other work.
test.each([1, 2])('a day of ordinary traffic, seed %i: not a word', { timeout: 180_000 }, (seed) => {
  const random = seeded(seed);
  const { ask, told, watch } = watched(random);
  expect(ordinaryDay(random, ask, watch)).toBeGreaterThan(500_000);
  expect(told).toEqual([]);
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

test('entropy is bits an octet', () => {
  expect(entropy('aaaa' as Name, 0, 4)).toBe(0);
  expect(entropy('abababab' as Name, 0, 8)).toBe(1);
  expect(entropy('0123456789abcdef' as Name, 0, 16)).toBe(4);
});
