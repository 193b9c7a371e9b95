/** Compares response rate limiting with BIND's: the same limits and floods within one second must pass, truncate and drop the same answers. */
import { decode, encode } from 'dns-packet';
import { expect, test } from 'vitest';
import { rateLimit, type RateLimits } from '../../src/query/rate-limit/rate-limit.ts';
import { emptyAnswer, Source, type Answer } from '../../src/wire/answer.ts';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import type { Query } from '../../src/wire/query.ts';
import { soaRdata } from '../../src/wire/rdata.ts';
import { BodyWriter } from '../../src/wire/records.ts';
import { asked } from '../fakes/asked.ts';
import { dnsClient } from '../fakes/dns-client.ts';
import { hasNamed, startNamed } from '../programs/named.ts';

const zone = nameFromText('flood.test')!;
const soa = soaRdata({ mname: zone, rname: zone, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 5 });
const zoneFile =
  '$TTL 30\n@ SOA @ @ 1 1 1 1 5\n@ NS ns\nns A 192.0.2.53\nwww A 192.0.2.1\nwww AAAA 2001:db8::1\nother A 192.0.2.2\n*.made A 192.0.2.1\n';
const made = nameFromText('made.flood.test')!;

/** Answers from the zone above, for our stage. */
function origin({ name, type }: Query): Answer {
  const body = new BodyWriter(name);
  const label = name.slice(1, 1 + name.charCodeAt(0));
  if (!name.endsWith(zone)) return emptyAnswer(Rcode.REFUSED, Source.server);
  if (label !== 'www' && label !== 'other' && !name.endsWith(made))
    return body.add('authorities', zone, Type.SOA, 5, soa).answer(Rcode.NXDOMAIN, true, Source.zone);
  if (type === Type.A) return body.add('answers', name, type, 30, Uint8Array.of(192, 0, 2, 1)).answer(Rcode.NOERROR, true, Source.zone);
  return body.add('authorities', zone, Type.SOA, 5, soa).answer(Rcode.NOERROR, true, Source.zone);
}

const absentTypes = ['MX', 'SRV', 'TXT', 'CAA', 'NAPTR', 'HINFO', 'PTR', 'SSHFP', 'TLSA', 'NS', 'RP', 'AFSDB'] as const;

type Flood = readonly (readonly [name: string, type: 'A' | 'AAAA' | (typeof absentTypes)[number], rcode: string])[];

const repeated = (count: number, one: Flood[number]): Flood => Array.from({ length: count }, () => one);

/** The floods, each with its limits in our options and in named.conf's syntax, and the RCODE of each answer. */
const floods: readonly { readonly what: string; readonly limits: Partial<RateLimits>; readonly conf: string; readonly flood: Flood }[] = [
  {
    what: 'one name',
    limits: { responses: 5 },
    conf: 'responses-per-second 5; slip 2;',
    flood: repeated(40, ['www.flood.test', 'A', 'NOERROR']),
  },
  {
    what: 'one name, slip 3',
    limits: { responses: 7, slip: 3 },
    conf: 'responses-per-second 7; slip 3;',
    flood: repeated(40, ['www.flood.test', 'A', 'NOERROR']),
  },
  {
    what: 'no slip',
    limits: { responses: 5, slip: 0 },
    conf: 'responses-per-second 5; slip 0;',
    flood: repeated(30, ['www.flood.test', 'A', 'NOERROR']),
  },
  {
    what: 'every one slips',
    limits: { responses: 5, slip: 1 },
    conf: 'responses-per-second 5; slip 1;',
    flood: repeated(30, ['www.flood.test', 'A', 'NOERROR']),
  },
  {
    what: 'types that one name does not have',
    limits: { responses: 5 },
    conf: 'responses-per-second 5; slip 2;',
    flood: Array.from({ length: 30 }, (_, index) => ['www.flood.test', absentTypes[index % absentTypes.length]!, 'NOERROR'] as const),
  },
  {
    what: 'types that one name does not have, beside one that it has',
    limits: { responses: 3 },
    conf: 'responses-per-second 3; slip 2;',
    flood: Array.from(
      { length: 30 },
      (_, index) => ['www.flood.test', index % 2 === 0 ? 'A' : absentTypes[index % absentTypes.length]!, 'NOERROR'] as const,
    ),
  },
  {
    what: 'random names that do not exist',
    limits: { responses: 50, nxdomains: 4 },
    conf: 'responses-per-second 50; nxdomains-per-second 4; slip 2;',
    flood: Array.from({ length: 40 }, (_, index) => [`x${index}.flood.test`, 'A', 'NXDOMAIN'] as const),
  },
  {
    what: 'names of a wildcard',
    limits: { responses: 5, wildcards: [made] },
    conf: 'responses-per-second 5; slip 2;',
    flood: Array.from({ length: 40 }, (_, index) => [`x${index}.made.flood.test`, 'A', 'NOERROR'] as const),
  },
  {
    what: 'errors',
    limits: { responses: 50, errors: 3 },
    conf: 'responses-per-second 50; errors-per-second 3; slip 2;',
    flood: Array.from({ length: 30 }, (_, index) => [`x${index}.elsewhere.test`, 'A', 'REFUSED'] as const),
  },
  {
    what: 'all together',
    limits: { responses: 0, all: 10 },
    conf: 'all-per-second 10; slip 2;',
    flood: repeated(30, ['www.flood.test', 'A', 'NOERROR']),
  },
];

const limits: RateLimits = {
  responses: 0,
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

/** The letter for an answer: `.` passed, `t` truncated, `-` dropped. */
function letter(rcode: string | undefined, truncated: boolean): string {
  return rcode === undefined ? '-' : truncated ? 't' : '.';
}

async function theirs(conf: string, flood: Flood): Promise<string> {
  const named = await startNamed(`recursion no; rate-limit { ${conf} window 15; };`, 'zone "flood.test" { type primary; file "flood"; };', {
    flood: zoneFile,
  });
  const client = await dnsClient(named.url);
  try {
    // Starts just after the beginning of a second, so that the whole flood falls into one.
    await new Promise((resolve) => setTimeout(resolve, 1050 - (Date.now() % 1000)));
    const letters = flood.map(async ([name, type], id) => {
      const message = encode({ type: 'query', id, questions: [{ name, type }] });
      const response = await Promise.race([
        client.ask(message),
        new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 1500)),
      ]);
      if (response === undefined) return letter(undefined, false);
      const decoded = decode(Buffer.from(response)) as unknown as { rcode: string; flag_tc: boolean };
      return letter(decoded.rcode, decoded.flag_tc);
    });
    return (await Promise.all(letters)).join('');
  } finally {
    client.close();
    await named.stop();
  }
}

test.skipIf(!hasNamed).each(floods)('$what', async ({ limits: own, conf, flood }) => {
  const handler = rateLimit(
    { ...limits, ...own },
    () => 0.5,
    () => false,
  )(origin);
  const ours = flood.map(([name, type]) => {
    const answer = handler(asked(name, type, { from: '127.0.0.1' })) as Answer | undefined;
    return letter(answer === undefined ? undefined : 'any', answer?.truncated === true);
  });
  expect(ours.join('')).toBe(await theirs(conf, flood));
});
