import { expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { formatAddress } from '../wire/address.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Rcode, rcodeName, Type } from '../wire/iana.ts';
import { nameFromText, nameToWire, ROOT, type Name } from '../wire/name.ts';
import { BodyWriter } from '../wire/records.ts';
import { answerRecords } from '../wire/splice.ts';
import { followAliases } from './aliases.ts';
import { rebindingJudge, rebindProtection } from './filter/rebinding.ts';
import type { Handler } from './handler.ts';
import { specialNames } from './special-names.ts';

const forwarded = emptyAnswer(Rcode.REFUSED, Source.forward);

function ask(name: string, type: string, routes: readonly string[] = []): string {
  const zones = routes.map((zone) => nameFromText(zone)!);
  const routeOf = (one: Name): Name => zones.find((zone) => one.endsWith(zone)) ?? ROOT;
  const query = asked(name, type);
  const answer = specialNames(routeOf)(() => forwarded)(query) as Answer;
  if (answer === forwarded) return 'forwarded';
  expect(answer.authoritative).toBe(true);
  const records = answerRecords(query.name, answer, 0).map(({ rdata }) => formatAddress(rdata));
  return [rcodeName(answer.rcode), ...records, ...(answer.authorities > 0 ? ['SOA'] : [])].join(' ');
}

test.each([
  ['localhost', 'A', 'NOERROR 127.0.0.1'],
  ['localhost', 'AAAA', 'NOERROR ::1'],
  ['a.b.LocalHost', 'A', 'NOERROR 127.0.0.1'],
  ['localhost', 'MX', 'NOERROR SOA'],
  ['onion', 'TXT', 'NXDOMAIN SOA'],
  ['duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion', 'AAAA', 'NXDOMAIN SOA'],
  ['resolver.arpa', 'NS', 'NOERROR SOA'],
  ['_dns.resolver.arpa', 'SVCB', 'NOERROR SOA'],
  ['notlocalhost', 'A', 'forwarded'],
  ['localhost.example', 'A', 'forwarded'],
  ['arpa', 'NS', 'forwarded'],
  ['db.test', 'A', 'forwarded'],
  ['printer.local', 'A', 'forwarded'],
])('%s %s: %s', (name, type, says) => {
  expect(ask(name, type)).toBe(says);
});

test.each([
  ['a zone of its own', 'x.onion', ['onion'], 'forwarded'],
  ['one below', 'a.tor.onion', ['tor.onion'], 'forwarded'],
  ['one beside', 'x.onion', ['tor.onion'], 'NXDOMAIN SOA'],
  ['one above, which was not meant for it', '_dns.resolver.arpa', ['arpa'], 'NOERROR SOA'],
])('upstreams for %s', (_, name, routes, says) => {
  expect(ask(name, 'A', routes)).toBe(says);
});

test('an outside name whose alias leads to localhost is refused by rebinding protection, localhost itself is not', () => {
  const judge = rebindingJudge([]);
  const alias: Handler = ({ name }) => {
    const answer = new BodyWriter(name).add('answers', name, Type.CNAME, 60, nameToWire(nameFromText('localhost')!));
    return { ...answer.answer(Rcode.NOERROR, false, Source.forward), leadsOn: true };
  };
  const handler = followAliases(judge)(specialNames(() => ROOT)(rebindProtection(judge)(alias)));
  expect(handler(asked('page.example'))).toMatchObject({ rcode: Rcode.REFUSED });
  expect(handler(asked('localhost'))).toMatchObject({ rcode: Rcode.NOERROR, answers: 1 });
});
