import type { Answer as PacketRecord } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { a, AA, cname, message, RA, recordsOf, soa, type Said } from '../../test/fakes/response.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { nameFromText, nameToText, type Name } from '../wire/name.ts';
import type { Question } from '../wire/question.ts';
import { isProblem, readResponse } from '../wire/response.ts';
import { followAliases } from './aliases.ts';
import type { Handler, Outcome } from './handler.ts';

const FAILED = emptyAnswer(Rcode.SERVFAIL, Source.forward, { code: ExtendedError.NETWORK_ERROR, text: 'down' });

/** A handler that answers as the nameservers in `says` do, at once or later, and the names it was asked for. */
function world(says: Readonly<Record<string, Said>>, later: boolean) {
  const names: string[] = [];
  const answer: Handler = ({ name, type }) => {
    const text = nameToText(name).slice(0, -1);
    names.push(text);
    const question = { name, type, dnssecOk: false, checkingDisabled: false };
    const read = says[text] === undefined ? undefined : readResponse(message(question, says[text]), question, 0);
    const outcome: Outcome = read === undefined || isProblem(read) ? FAILED : read;
    return later ? Promise.resolve(outcome) : outcome;
  };
  return { names, handler: followAliases()(answer) };
}

describe.each([false, true])('answers later: %s', (later) => {
  const cases: readonly [title: string, says: Readonly<Record<string, Said>>, rcode: number, records: readonly string[], asked: number][] =
    [
      [
        'an alias into a zone of others',
        { 'www.corp.test': { flags: AA, answers: [cname('www.corp.test', 'cdn.test')] }, 'cdn.test': { answers: [a('cdn.test')] } },
        Rcode.NOERROR,
        ['an www.corp.test CNAME cdn.test', 'an cdn.test A 192.0.2.1'],
        2,
      ],
      [
        'two aliases on the way',
        {
          'www.corp.test': { flags: AA, answers: [cname('www.corp.test', 'a.corp.test'), cname('a.corp.test', 'b.test')] },
          'b.test': { flags: AA, answers: [cname('b.test', 'c.other.test')] },
          'c.other.test': { answers: [a('c.other.test')] },
        },
        Rcode.NOERROR,
        [
          'an www.corp.test CNAME a.corp.test',
          'an a.corp.test CNAME b.test',
          'an b.test CNAME c.other.test',
          'an c.other.test A 192.0.2.1',
        ],
        3,
      ],
      [
        'a target that is missing',
        {
          'www.corp.test': { flags: AA, answers: [cname('www.corp.test', 'no.test')] },
          'no.test': { rcode: 3, authorities: [soa('test')] },
        },
        Rcode.NXDOMAIN,
        ['an www.corp.test CNAME no.test', 'au test SOA …'],
        2,
      ],
      [
        'a target without records of the type',
        {
          'www.corp.test': { flags: AA, answers: [cname('www.corp.test', 'v6only.test')] },
          'v6only.test': { authorities: [soa('test')] },
        },
        Rcode.NOERROR,
        ['an www.corp.test CNAME v6only.test', 'au test SOA …'],
        2,
      ],
      [
        'a target of which nothing can be found out',
        { 'www.corp.test': { flags: AA, answers: [cname('www.corp.test', 'down.test')] } },
        Rcode.SERVFAIL,
        [],
        2,
      ],
      [
        'an alias that its upstream, which resolves, did follow',
        { 'www.corp.test': { flags: RA, answers: [cname('www.corp.test', 'v4only.test')] } },
        Rcode.NOERROR,
        ['an www.corp.test CNAME v4only.test'],
        1,
      ],
      [
        'aliases in a circle over two upstreams',
        {
          'www.corp.test': { flags: AA, answers: [cname('www.corp.test', 'b.test')] },
          'b.test': { flags: AA, answers: [cname('b.test', 'www.corp.test')] },
        },
        Rcode.SERVFAIL,
        [],
        2,
      ],
      [
        'aliases without an end',
        {
          'www.corp.test': { flags: AA, answers: [cname('www.corp.test', 'n0.test')] },
          ...Object.fromEntries(
            Array.from({ length: 30 }, (_, i) => [`n${i}.test`, { flags: AA, answers: [cname(`n${i}.test`, `n${i + 1}.test`)] }]),
          ),
        },
        Rcode.SERVFAIL,
        [],
        9,
      ],
      ['no alias', { 'www.corp.test': { flags: AA, answers: [a('www.corp.test')] } }, Rcode.NOERROR, ['an www.corp.test A 192.0.2.1'], 1],
    ];
  test.each(cases)('%s', async (_, says, rcode, records, count) => {
    const { names, handler } = world(says, later);
    const query = asked('www.corp.test');
    const answer = (await handler(query)) as Answer;
    expect(answer.rcode).toBe(rcode);
    const question = { name: query.name, type: query.type, dnssecOk: false, checkingDisabled: false };
    expect(recordsOf(answer, question)).toEqual(records);
    expect(names).toHaveLength(count);
  });
});

test('the alias itself, where that is the question, and for who wants no recursion', async () => {
  const says = { 'www.corp.test': { flags: AA, answers: [cname('www.corp.test', 'cdn.test')] } };
  const { names, handler } = world(says, true);
  expect(await handler(asked('www.corp.test', 'CNAME'))).toMatchObject({ rcode: Rcode.NOERROR, answers: 1 });
  expect(await handler({ ...asked('www.corp.test'), recursionDesired: false })).toMatchObject({ rcode: Rcode.NOERROR, answers: 1 });
  expect(names).toHaveLength(2);
});

test('an alias known at once, to a target that is found out later, when the query has been read over', async () => {
  const question = (text: string): Question => ({ name: nameFromText(text)!, type: Type.A, dnssecOk: false, checkingDisabled: false });
  const known = (text: string, said: Said): Outcome => readResponse(message(question(text), said), question(text), 0) as Answer;
  const alias = known('www.corp.test', { flags: AA, answers: [cname('www.corp.test', 'cdn.test')] });
  const target = known('cdn.test', { answers: [a('cdn.test')] });
  const handler = followAliases()(({ name }) => (nameToText(name) === 'cdn.test.' ? Promise.resolve(target) : alias));
  const query = asked('www.corp.test');
  const outcome = handler(query);
  Object.assign(query, asked('next.test'));
  const answer = (await outcome) as Answer;
  expect(recordsOf(answer, question('www.corp.test'))).toEqual(['an www.corp.test CNAME cdn.test', 'an cdn.test A 192.0.2.1']);
});

test('with DO, the proofs of the alias and of its target stay (RFC 4035 section 3.1.3)', () => {
  const nsec = (name: string): PacketRecord => ({ name, type: 'NSEC', ttl: 60, data: { nextDomain: `z.${name}`, rrtypes: ['A'] } });
  const says: Readonly<Record<string, Said>> = {
    'www.corp.test': { flags: AA, answers: [cname('www.corp.test', 'no.test')], authorities: [nsec('a.corp.test')] },
    'no.test': { rcode: 3, flags: AA, authorities: [soa('test'), nsec('m.test')] },
  };
  const question = (name: Name): Question => ({ name, type: Type.A, dnssecOk: true, checkingDisabled: false });
  const handler = followAliases()(
    ({ name }) => readResponse(message(question(name), says[nameToText(name).slice(0, -1)]!), question(name), 0) as Answer,
  );
  const query = asked('www.corp.test');
  const answer = handler(query) as Answer;
  expect(answer.rcode).toBe(Rcode.NXDOMAIN);
  expect(recordsOf(answer, question(query.name))).toEqual([
    'an www.corp.test CNAME no.test',
    'au a.corp.test NSEC …',
    'au test SOA …',
    'au m.test NSEC …',
  ]);
});

describe('what an alias leads to is judged', () => {
  const question = (text: string): Question => ({ name: nameFromText(text)!, type: Type.A, dnssecOk: false, checkingDisabled: false });
  const local = (source: Source): Answer => ({
    ...(readResponse(message(question('in.test'), { answers: [a('in.test')] }), question('in.test'), 0) as Answer),
    source,
  });
  const alias = (text: string, target: string, source: Source): Answer => {
    const said = readResponse(message(question(text), { flags: AA, answers: [cname(text, target)] }), question(text), 0);
    return { ...(said as Answer), source };
  };
  test.each<[title: string, first: Source, last: Source, judged: string[]]>([
    ['an alias from outside to a name of ours', Source.forward, Source.zone, ['out.test.']],
    ['the same from the cache', Source.cache, Source.zone, ['out.test.']],
    ['an alias from outside to a hosts file', Source.forward, Source.hosts, ['out.test.']],
    ['an alias from outside to what a policy says', Source.forward, Source.policy, []],
    ['an alias of ours', Source.zone, Source.forward, []],
  ])('%s', (_, first, last, judged) => {
    const heard: string[] = [];
    const handler = followAliases((name, answer) => {
      heard.push(nameToText(name));
      return answer;
    })(({ name }) => (nameToText(name) === 'in.test.' ? local(last) : alias('out.test', 'in.test', first)));
    expect(handler(asked('out.test'))).toMatchObject({ rcode: Rcode.NOERROR, answers: 2 });
    expect(heard).toEqual(judged);
  });

  test('by each name on the way that is outside, so an alias of ours to a name that may not lead inside is refused too', () => {
    const refused = emptyAnswer(Rcode.REFUSED, Source.policy, { code: ExtendedError.BLOCKED, text: 'no' });
    const handler = followAliases((name, answer) => (nameToText(name) === 'evil.test.' ? refused : answer))(({ name }) => {
      const text = nameToText(name);
      if (text === 'in.test.') return local(Source.zone);
      return text === 'evil.test.' ? alias('evil.test', 'in.test', Source.forward) : alias('ours.test', 'evil.test', Source.zone);
    });
    expect(handler(asked('ours.test'))).toMatchObject({ rcode: Rcode.REFUSED, answers: 0, extendedError: { text: 'no' } });
  });
});
