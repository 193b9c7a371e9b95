/** What detectors must tell apart: minutes of ordinary traffic that look like an attack at first sight, and attacks of many shapes. */
import { describe, expect, test } from 'vitest';
import { pick, seeded } from '../../../test/fakes/seeded.ts';
import type { Random } from '../../clock.ts';
import { parseAddress } from '../../wire/address.ts';
import { emptyAnswer, Source, type Answer } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { nameFromText } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { detectors } from './detectors.ts';

const found = emptyAnswer(Rcode.NOERROR, Source.forward);
const absent = emptyAnswer(Rcode.NXDOMAIN, Source.forward);
const failed = emptyAnswer(Rcode.SERVFAIL, Source.forward);
const oursAbsent = emptyAnswer(Rcode.NXDOMAIN, Source.zone);

type Ask = (name: string, answer: Answer, type?: number) => void;

const MINUTES = 2;

/** Returns the alerts of MINUTES in which `one` makes the queries of one client, `perSecond` times a second. */
function told(random: Random, perSecond: number, one: (ask: Ask, index: number) => void): string[] {
  const alerts: string[] = [];
  const watch = detectors(random, (kind, subject) => alerts.push(`${kind} ${subject}`));
  const client = { address: parseAddress('10.0.0.9')!, port: 5, transport: 'udp' as const };
  const query = { name: '', type: Type.A as number, client, receivedAt: 0 };
  const ask: Ask = (name, answer, type = Type.A) => {
    Object.assign(query, { name: nameFromText(name)!, type });
    watch.responded(query as unknown as Query, answer);
  };
  for (let index = 0; index < MINUTES * 60 * perSecond; index++) {
    query.receivedAt = 3_600_000 + (index * 1000) / perSecond;
    one(ask, index);
  }
  return alerts;
}

const words = (
  'time year people world school state group case week company system program work number night water money story book job word business side head house ' +
  'service friend power game line city community name team idea body information office door health art party reason research guy force education green ' +
  'market shop travel hotel flight news media cloud data soft digital web host mail bank credit card motor club garden photo video music fashion beauty ' +
  'clinic legal estate crypto gold solar lab api cache queue gateway login billing orders catalog search index kafka redis monitor backup deploy prod ' +
  'staging internal primary replica'
).split(' ');

function names(random: Random) {
  const word = (): string => pick(random, words);
  const letters = (count: number, from = 'abcdefghijklmnopqrstuvwxyz234567'): string =>
    Array.from({ length: count }, () => pick(random, from.split(''))).join('');
  const hex = (count: number): string => letters(count, '0123456789abcdef');
  const octet = (): number => Math.floor(random() * 256);
  const tops = ['com', 'com', 'com', 'net', 'org', 'de', 'co.uk', 'fr', 'io', 'info', 'com.br', 'nl', 'shop', 'agency'];
  const site = (): string => `${word()}${pick(random, ['', '-', word()])}${word()}.${pick(random, tops)}`;
  const host = (): string => `${pick(random, ['www.', 'www.', '', '', 'blog.', 'static.', 'news-images.'])}${site()}`;
  const many = (count: number, make: (index: number) => string): (() => string) => {
    const all = Array.from({ length: count }, (_, index) => make(index));
    return () => pick(random, all);
  };
  return { word, letters, hex, octet, site, host, many };
}

/** Queries `name` as a resolver with a search path and ndots:5 does. */
function lookUp(ask: Ask, name: string, answer: Answer, search: readonly string[]): void {
  for (const type of [Type.A, Type.AAAA]) {
    for (const suffix of ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local']) ask(`${name}.${suffix}`, oursAbsent, type);
    for (const suffix of search) ask(`${name}.${suffix}`, absent, type);
    ask(name, answer, type);
  }
}

type Shape = (
  its: ReturnType<typeof names>,
  random: Random,
) => { readonly perSecond: number; readonly one: (ask: Ask, index: number) => void };

/** The shape of a client that queries the names of `make` `perSecond` times a second. */
const asks =
  (perSecond: number, make: (its: ReturnType<typeof names>) => (index: number) => string, answer = found): Shape =>
  (its) => {
    const name = make(its);
    return { perSecond, one: (ask, index) => ask(name(index), answer) };
  };

const crawler =
  (...search: string[]): Shape =>
  ({ host }, random) => ({ perSecond: 30, one: (ask) => lookUp(ask, host(), random() < 0.07 ? absent : found, search) });

const mailServer =
  (...search: string[]): Shape =>
  ({ octet, site, host, hex }, random) => ({
    perSecond: 5,
    one: (ask) => {
      const look = (name: string, exists: number): void => {
        for (const suffix of search) ask(`${name}.${suffix}`, absent);
        ask(name, random() < exists ? found : absent);
      };
      const sender = `${octet()}.${octet()}.${octet()}.${octet()}`;
      look(`${sender}.in-addr.arpa`, 0.7);
      for (const list of ['zen.lists.example', 'bl.cop.example', 'white.example']) look(`${sender}.${list}`, 0.15);
      const domain = site();
      look(domain, 0.97);
      look(`_dmarc.${domain}`, 0.5);
      look(`selector1._domainkey.${domain}`, 0.9);
      for (const link of [host(), host(), site()])
        for (const list of ['dbl.lists.example', 'multi.links.example', 'rhsbl.sorbs.example']) look(`${link}.${list}`, 0.03);
      look(`${hex(40)}.ebl.lists.example`, 0.02);
    },
  });

const ordinary: Readonly<Record<string, Shape>> = {
  'a crawler': crawler(),
  'a crawler whose search path has a domain': crawler('corp.example.com'),
  'a crawler whose search path has one label': crawler('lan'),
  'a crawler on a cloud with three': crawler('europe-west1-b.c.my-project.internal', 'c.my-project.internal', 'google.internal'),
  'a mail server': mailServer(),
  'a mail server whose search path has a domain': mailServer('corp.example.com'),
  "a node's cache for pods that use a cloud": ({ many, word, host }) => {
    const one = many(400, (index) => (index % 2 === 0 ? `${word()}-${word()}-assets.s3.eu-central-1.amazonaws.com` : host()));
    return { perSecond: 20, one: (ask) => lookUp(ask, one(), found, ['eu-central-1.compute.internal']) };
  },
  "a cloud's machines by name": asks(5, ({ many, octet }) =>
    many(300, () => `ip-10-${octet()}-${octet()}-${octet()}.eu-central-1.compute.internal`),
  ),
  'machines of pools': asks(5, ({ many, hex, letters }) =>
    many(300, () => `gke-prod-default-pool-${hex(8)}-${letters(4)}.europe-west1-b.c.my-project.internal`),
  ),
  'databases, one metric each a minute': asks(5, ({ many, word }) =>
    many(200, () => `${word()}-${word()}-prod.c9akciq32rdi.eu-west-1.rds.amazonaws.com`),
  ),
  'a bucket for each customer': asks(5, ({ many, word, hex }) =>
    many(500, () => `acme-${word()}-${word()}-${hex(6)}.s3.eu-west-1.amazonaws.com`),
  ),
  'an account for each customer': asks(5, ({ many, word, hex }) => many(500, () => `st${word()}${word()}${hex(6)}.blob.core.windows.net`)),
  "another cluster's Pods": asks(5, () => (index) => `cassandra-${index % 200}.cassandra-headless.prod-europe.svc.cluster-b.corp.example`),
  "another cluster's Services": asks(8, ({ many, word }) =>
    many(500, () => `${word()}-${word()}.${word()}-team.svc.cluster-b.corp.example`),
  ),
  'brokers of a vendor': asks(5, () => (index) => `b${index % 120}-pkc-1q2w3.eu-central-1.aws.confluent.cloud`),
  'browsers and their advertisements': asks(
    20,
    ({ host, hex, letters }) =>
      (index) =>
        index % 20 === 0 ? `${hex(32)}.safeframe.ads.example` : index % 7 === 0 ? `d${letters(13)}.cloudfront.net` : host(),
  ),
  'a log analyser': asks(
    80,
    ({ octet }) =>
      () =>
        `${octet()}.${octet()}.${octet()}.${octet()}.in-addr.arpa`,
    absent,
  ),
  'pods that cannot stop asking': ({ many }) => {
    const one = many(3, (index) => ['api.stripe.com', 'kafka.corp.example', 'sqs.us-east-1.amazonaws.com'][index]!);
    return { perSecond: 60, one: (ask) => lookUp(ask, one(), found, ['ec2.internal']) };
  },
};

const attacks: Readonly<Record<string, readonly [kind: string, Shape]>> = {
  'a tunnel of long labels': [
    'tunnel',
    asks(
      3,
      ({ letters }) =>
        () =>
          `0${letters(60)}.${letters(60)}.t.evil.example`,
    ),
  ],
  'a tunnel in hexadecimal': [
    'tunnel',
    asks(
      3,
      ({ hex }) =>
        () =>
          `${hex(60)}.evil.example`,
    ),
  ],
  'a tunnel in decimal': [
    'tunnel',
    asks(
      3,
      ({ letters }) =>
        () =>
          `${letters(44, '0123456789')}.evil.example`,
    ),
  ],
  'a beacon': [
    'tunnel',
    asks(
      3,
      ({ hex }) =>
        (index) =>
          `post.1${hex(55)}.${index.toString(16)}.5f3b.evil.example`,
    ),
  ],
  'a tunnel of short labels': [
    'tunnel',
    asks(
      3,
      ({ letters }) =>
        () =>
          `${letters(12)}.${letters(12)}.${letters(12)}.t.evil.co.uk`,
      absent,
    ),
  ],
  'a tunnel of 28 octets': [
    'tunnel',
    asks(
      3,
      ({ letters }) =>
        () =>
          `${letters(28)}.evil.example`,
      absent,
    ),
  ],
  'random subdomains': [
    'random-subdomains',
    asks(
      10,
      ({ letters }) =>
        () =>
          `${letters(8)}.www.victim.com`,
      failed,
    ),
  ],
  'generated domains': [
    'absent-names',
    asks(
      3,
      ({ letters }) =>
        () =>
          `${letters(12)}.com`,
      absent,
    ),
  ],
  "generated domains below a country's": [
    'absent-names',
    asks(
      3,
      ({ letters }) =>
        () =>
          `${letters(12)}.co.uk`,
      absent,
    ),
  ],
  'generated domains between others, with a search path': [
    'absent-names',
    ({ letters, host }) => ({
      perSecond: 5,
      one: (ask, index) =>
        index % 2 === 0
          ? lookUp(ask, `${letters(12)}.net`, absent, ['corp.example.com'])
          : lookUp(ask, host(), found, ['corp.example.com']),
    }),
  ],
};

describe.each([1, 2])('seed %i', (seed) => {
  test.each(Object.entries(ordinary))('not a word about %s', (_, shape) => {
    const random = seeded(seed);
    const { perSecond, one } = shape(names(random), random);
    expect(told(random, perSecond, one)).toEqual([]);
  });

  test.each(Object.entries(attacks))('%s: told of', (_, [kind, shape]) => {
    const random = seeded(seed);
    const { perSecond, one } = shape(names(random), random);
    expect(told(random, perSecond, one)).toContainEqual(expect.stringContaining(`${kind} `));
  });
});
