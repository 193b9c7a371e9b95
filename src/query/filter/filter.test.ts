import { describe, expect, test } from 'vitest';
import { asked, type Asked } from '../../../test/fakes/asked.ts';
import { parseAddress } from '../../wire/address.ts';
import { Source, type Answer } from '../../wire/answer.ts';
import { ExtendedError, Rcode, rcodeName, Type, typeName } from '../../wire/iana.ts';
import { nameFromText, nameToText, nameToWire, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { rdataToText } from '../../wire/rdata.ts';
import { BodyWriter } from '../../wire/records.ts';
import { answerRecords } from '../../wire/splice.ts';
import type { AnyPolicy } from '../any.ts';
import type { Handler, Stage } from '../handler.ts';
import { Action, actionNames } from './action.ts';
import { Filter } from './filter.ts';
import { readNameListLine } from './name-list.ts';
import { PolicyBuilder } from './policy-builder.ts';
import { RpzReader } from './rpz.ts';

const name = (text: string): Name => nameFromText(text)!;

/** The aliases of `outside`, where a name that begins with an address has this address, and any other name a fixed one. */
const aliases: Readonly<Record<string, string>> = {
  'alias.example.': 'bad.example.',
  'twice.example.': 'alias.example.',
  'fine.example.': 'www.example.',
  'x.moved.example.': 'x.bad.example.',
  'signed.example.': 'bad.example.',
};
/** Records that precede an alias in the answer. */
const before: Readonly<Record<string, readonly [owner: string, type: number, rdata: Uint8Array]>> = {
  'x.moved.example.': ['moved.example', Type.DNAME, nameToWire(name('bad.example'))],
  'signed.example.': ['signed.example', Type.RRSIG, Buffer.alloc(20)],
};
function outside(query: Query): Answer {
  const body = new BodyWriter(query.name);
  let owner = nameToText(query.name);
  while (aliases[owner] !== undefined) {
    const [other, type, rdata] = before[owner] ?? [];
    if (other !== undefined) body.add('answers', name(other), type!, 60, rdata!);
    body.add('answers', name(owner), Type.CNAME, 60, nameToWire(name(aliases[owner]!)));
    owner = aliases[owner]!;
  }
  if (owner === 'no.absent.example.') return body.answer(Rcode.NXDOMAIN, false, Source.forward);
  const address =
    parseAddress(owner.split('.')[0]!.replaceAll('-', query.type === Type.A ? '.' : ':')) ??
    parseAddress(query.type === Type.A ? '198.51.100.1' : '2001:db8::99')!;
  if ((query.type === Type.A && address.length === 4) || (query.type === Type.AAAA && address.length === 16))
    body.add('answers', name(owner), query.type, 60, address);
  return body.answer(Rcode.NOERROR, false, Source.forward);
}

function shown(query: Query, answer: Answer | undefined): string {
  if (answer === undefined) return 'nothing';
  const records = answerRecords(query.name, answer, 0).map(
    (record) => `${nameToText(record.owner)} ${typeName(record.type)} ${rdataToText(record.type, record.rdata)}`,
  );
  return [rcodeName(answer.rcode), ...(answer.truncated === true ? ['TC'] : []), ...records].join(' | ');
}

function filtered(
  zones: readonly string[],
  heard: string[] = [],
  next: Handler = outside,
  any: AnyPolicy = 'hinfo',
): (text: string, type?: string, how?: Asked, recursionDesired?: boolean) => Promise<string> {
  const builder = new PolicyBuilder();
  zones.forEach((zone, index) => {
    builder.beginList(`zone ${index}`, true);
    const reader = new RpzReader(builder);
    `@ 60 SOA a. b. 1 1 1 1 1\n${zone}`.split('\n').forEach((line, number) => reader.read(line, number + 1));
  });
  const filter = new Filter({ matched: (list, action) => heard.push(`${list} ${actionNames[action]!}`) }, any);
  filter.use(builder.finish());
  const handler = filter.stage()(next);
  return async (text, type = 'A', how = {}, recursionDesired = true) => {
    const query = { ...asked(text, type, how), recursionDesired };
    return shown(query, await handler(query));
  };
}

describe.each<[string, Handler]>([
  ['at once', outside],
  ['later', (query) => Promise.resolve(outside(query))],
])('when the true answer comes %s', (_, next) => {
  const zone = `bad.example CNAME .
*.bad.example CNAME .
ok.bad.example CNAME rpz-passthru.
empty.example CNAME *.
drop.example CNAME rpz-drop.
tcp.example CNAME rpz-tcp-only.
local.example A 192.0.2.1
local.example A 192.0.2.2
LOCAL.example A 192.0.2.1
local.example TXT "hello"
garden.example CNAME walled.example.
*.star.example CNAME *.walled.example.
gone.example CNAME no.absent.example.
*.tube.example CNAME SAFE.tube.example.
24.0.113.0.203.rpz-ip CNAME .
32.7.113.0.203.rpz-ip CNAME rpz-passthru.
48.zz.5.db8.2001.rpz-ip A 192.0.2.9`;
  test.each<[string, string, string, Asked?]>([
    ['www.example', 'A', 'NOERROR | www.example. A 198.51.100.1'],
    ['bad.example', 'A', 'NXDOMAIN'],
    ['BAD.example', 'MX', 'NXDOMAIN'],
    ['x.y.bad.example', 'A', 'NXDOMAIN'],
    ['ok.bad.example', 'A', 'NOERROR | ok.bad.example. A 198.51.100.1'],
    ['x.ok.bad.example', 'A', 'NOERROR | x.ok.bad.example. A 198.51.100.1'],
    ['notbad.example', 'A', 'NOERROR | notbad.example. A 198.51.100.1'],
    ['empty.example', 'A', 'NOERROR'],
    ['x.empty.example', 'A', 'NOERROR | x.empty.example. A 198.51.100.1'],
    ['drop.example', 'A', 'nothing'],
    ['tcp.example', 'A', 'NOERROR | TC'],
    ['tcp.example', 'A', 'NOERROR | tcp.example. A 198.51.100.1', { transport: 'tcp' }],
    ['local.example', 'A', 'NOERROR | local.example. A 192.0.2.1 | local.example. A 192.0.2.2'],
    ['local.example', 'TXT', 'NOERROR | local.example. TXT "hello"'],
    ['local.example', 'AAAA', 'NOERROR'],
    ['local.example', 'ANY', 'NOERROR | local.example. HINFO "RFC8482" ""'],
    ['bad.example', 'ANY', 'NXDOMAIN'],
    ['gone.example', 'A', 'NXDOMAIN | gone.example. CNAME no.absent.example.'],
    ['gone.example', 'CNAME', 'NOERROR | gone.example. CNAME no.absent.example.'],
    ['safe.tube.example', 'A', 'NOERROR | safe.tube.example. A 198.51.100.1'],
    ['safe.tube.example', 'CNAME', 'NOERROR'],
    ['www.tube.example', 'A', 'NOERROR | www.tube.example. CNAME safe.tube.example. | safe.tube.example. A 198.51.100.1'],
    ['x.moved.example', 'A', 'NXDOMAIN | moved.example. DNAME bad.example. | x.moved.example. CNAME x.bad.example.'],
    ['x.moved.example', 'TXT', 'NXDOMAIN | moved.example. DNAME bad.example. | x.moved.example. CNAME x.bad.example.'],
    ['signed.example', 'A', 'NXDOMAIN | signed.example. CNAME bad.example.'],
    ['garden.example', 'A', 'NOERROR | garden.example. CNAME walled.example. | walled.example. A 198.51.100.1'],
    ['garden.example', 'CNAME', 'NOERROR | garden.example. CNAME walled.example.'],
    [
      'a.b.star.example',
      'A',
      'NOERROR | a.b.star.example. CNAME a.b.star.example.walled.example. | a.b.star.example.walled.example. A 198.51.100.1',
    ],
    ['203-0-113-5.example', 'A', 'NXDOMAIN'],
    ['203-0-113-7.example', 'A', 'NOERROR | 203-0-113-7.example. A 203.0.113.7'],
    ['203-0-114-5.example', 'A', 'NOERROR | 203-0-114-5.example. A 203.0.114.5'],
    ['2001-db8-5--1.example', 'AAAA', 'NOERROR'],
    ['2001-db8-6--1.example', 'AAAA', 'NOERROR | 2001-db8-6--1.example. AAAA 2001:db8:6::1'],
    ['alias.example', 'A', 'NXDOMAIN | alias.example. CNAME bad.example.'],
    ['alias.example', 'TXT', 'NXDOMAIN | alias.example. CNAME bad.example.'],
    ['twice.example', 'A', 'NXDOMAIN | twice.example. CNAME alias.example. | alias.example. CNAME bad.example.'],
    ['fine.example', 'A', 'NOERROR | fine.example. CNAME www.example. | www.example. A 198.51.100.1'],
  ])('%s %s gives %s', async (text, type, expected, how) => {
    expect(await filtered([zone], [], next)(text, type, how)).toBe(expected);
  });
});

describe('the order of lists', () => {
  test.each([
    [
      'a passthru in the first spares a name of the second',
      ['ok.example CNAME rpz-passthru.', '*.example CNAME .\nok.example CNAME .'],
      'ok.example',
      'NOERROR',
      '0 passthru',
    ],
    [
      'a wildcard of the first comes before a name of the second',
      ['*.example CNAME *.', 'x.example CNAME .'],
      'x.example',
      'NOERROR',
      '0 nodata',
    ],
    [
      'an address of the first before a name of the second',
      ['32.1.100.51.198.rpz-ip CNAME *.', 'x.example CNAME .'],
      'x.example',
      'NOERROR',
      '0 nodata',
    ],
    [
      'a name of the first before an address of the second',
      ['x.example CNAME .', '32.1.100.51.198.rpz-ip CNAME *.'],
      'x.example',
      'NXDOMAIN',
      '0 nxdomain',
    ],
    [
      'a name before an address in the same list',
      ['x.example CNAME .\n32.1.100.51.198.rpz-ip CNAME *.'],
      'x.example',
      'NXDOMAIN',
      '0 nxdomain',
    ],
    [
      'a name of the second when no address of the first is met',
      ['32.2.100.51.198.rpz-ip CNAME *.', 'x.example CNAME .'],
      'x.example',
      'NXDOMAIN',
      '1 nxdomain',
    ],
  ])('%s', async (_, zones, text, expected, matched) => {
    const heard: string[] = [];
    expect((await filtered(zones, heard)(text)).split(' ')[0]).toBe(expected);
    expect(heard).toEqual([matched]);
  });
});

describe('of several addresses in an answer', () => {
  const nested = `22.0.100.51.198.rpz-ip CNAME *.
24.0.101.51.198.rpz-ip CNAME .
24.0.102.51.198.rpz-ip CNAME rpz-passthru.
128.7.zz.db8.2001.rpz-ip CNAME .
32.zz.db8.2001.rpz-ip CNAME *.`;
  test.each<[string, readonly string[], readonly string[], string]>([
    ['the longest prefix decides', [nested], ['198.51.100.1', '198.51.101.1'], '0 nxdomain'],
    ['of IPv6 too', [nested], ['2001:db8::6', '2001:db8::7', '2001:db8::8'], '0 nxdomain'],
    ['the smallest address does among prefixes of one length', [nested], ['198.51.102.1', '198.51.101.1'], '0 nxdomain'],
    ['the first list does before a longer prefix of the second', ['22.0.100.51.198.rpz-ip CNAME *.', nested], ['198.51.101.1'], '0 nodata'],
    ['one that no prefix holds does not matter', [nested], ['203.0.113.1', '198.51.100.1'], '0 nodata'],
  ])('%s, in whatever order they come', async (_, zones, texts, matched) => {
    const addresses = texts.map((text) => parseAddress(text)!);
    for (const inOrder of [addresses, addresses.toReversed()]) {
      const heard: string[] = [];
      const next: Handler = ({ name: owner, type }) => {
        const body = new BodyWriter(owner);
        for (const address of inOrder) body.add('answers', owner, type, 60, address);
        return body.answer(Rcode.NOERROR, false, Source.forward);
      };
      await filtered(zones, heard, next)('x.example', addresses[0]!.length === 4 ? 'A' : 'AAAA');
      expect(heard).toEqual([matched]);
    }
  });
});

test.each([
  ['old.example', 'NOERROR | old.example. CNAME web.shop.cluster. | web.shop.cluster. A 10.96.0.1'],
  ['x.wild.example', 'NOERROR | x.wild.example. CNAME web.shop.cluster. | web.shop.cluster. A 10.96.0.1'],
  ['203-0-113-5.example', 'NOERROR | 203-0-113-5.example. CNAME web.shop.cluster. | web.shop.cluster. A 10.96.0.1'],
  ['web.shop.cluster', 'NOERROR | web.shop.cluster. A 198.51.100.1'],
])("the alias %s of a policy may lead to a name of ours, which upstreams don't hear of", async (text, expected) => {
  const builder = new PolicyBuilder();
  builder.beginList('zone', true);
  const reader = new RpzReader(builder);
  ['@ SOA a. b. 1 1 1 1 1', 'old.example', '*.wild.example', '24.0.113.0.203.rpz-ip'].forEach((owner, index) =>
    reader.read(index === 0 ? owner : `${owner} CNAME web.shop.cluster.`, index + 1),
  );
  const filter = new Filter();
  filter.use(builder.finish());
  const inside: Stage = (next) => (query) =>
    query.name === name('web.shop.cluster')
      ? new BodyWriter(query.name).add('answers', query.name, Type.A, 30, Uint8Array.of(10, 96, 0, 1)).answer(0, true, Source.zone)
      : next(query);
  const query = asked(text);
  expect(shown(query, await filter.stage(inside)(outside)(query))).toBe(expected);
});

test.each<[AnyPolicy, Asked, string]>([
  ['tcp', {}, 'NOERROR | TC'],
  ['tcp', { transport: 'tcp' }, 'NOERROR | local.example. A 192.0.2.1 | local.example. TXT "hello"'],
  ['refuse', { transport: 'tcp' }, 'REFUSED'],
])('local data for ANY when the policy for it is %s, %j: %s', async (any, how, expected) => {
  const ask = filtered(['local.example A 192.0.2.1\nlocal.example TXT "hello"'], [], outside, any);
  expect(await ask('local.example', 'ANY', how)).toBe(expected);
});

test('where no recursion is wanted, the alias of a policy is not followed (RFC 1034 section 4.3.1)', async () => {
  const ask = filtered(['garden.example CNAME walled.example.']);
  expect(await ask('garden.example', 'A', {}, false)).toBe('NOERROR | garden.example. CNAME walled.example.');
});

test('a name that its own wildcard leads to is let through, whatever later lists say', async () => {
  const heard: string[] = [];
  const ask = filtered(['*.tube.example CNAME safe.tube.example.', 'safe.tube.example CNAME .'], heard);
  expect(await ask('safe.tube.example')).toBe('NOERROR | safe.tube.example. A 198.51.100.1');
  expect(heard).toEqual(['0 passthru']);
});

test('without a table, and behind an empty one, everything passes', async () => {
  const query = asked('bad.example');
  expect(shown(query, await new Filter().stage()(outside)(query))).toContain('198.51.100.1');
  expect(await filtered([''])('bad.example')).toContain('198.51.100.1');
});

test.each([
  [Action.nxdomain, 'A', 'NXDOMAIN'],
  [Action.nodata, 'A', 'NOERROR'],
  [Action.refuse, 'A', 'REFUSED'],
  [Action.null, 'A', 'NOERROR | ads.example. A 0.0.0.0'],
  [Action.null, 'AAAA', 'NOERROR | ads.example. AAAA ::'],
  [Action.null, 'TXT', 'NOERROR'],
])('a blocklist with action %i answers %s with %s', (action, type, expected) => {
  const builder = new PolicyBuilder();
  builder.beginList('hosts', false);
  readNameListLine('0.0.0.0 ads.example', 1, action, builder);
  const filter = new Filter();
  filter.use(builder.finish());
  const query = asked('ads.example', type);
  const answer = filter.stage()(outside)(query) as Answer;
  expect([shown(query, answer), answer.extendedError?.code]).toEqual([expected, ExtendedError.BLOCKED]);
});

test('what is only a part of the true answer stays one behind aliases', async () => {
  const ask = filtered(['bad.example CNAME www.example.'], [], (query) => ({ ...outside(query), truncated: true }));
  expect(await ask('alias.example')).toBe(
    'NOERROR | TC | alias.example. CNAME bad.example. | bad.example. CNAME www.example. | www.example. A 198.51.100.1',
  );
});
