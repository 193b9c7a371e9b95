/** What the policies know of clients survives new lists and options, since a reload would otherwise let a flood begin again. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { fakeTelemetry } from '../../test/fakes/telemetry.ts';
import { load } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { systemClock } from '../../src/clock.ts';
import { Congestion } from '../../src/query/client-limit/congestion.ts';
import type { Handler, Stage } from '../../src/query/handler.ts';
import { Action } from '../../src/query/filter/action.ts';
import type { PolicyData } from '../../src/query/filter/policies.ts';
import { PolicyBuilder } from '../../src/query/filter/policy-builder.ts';
import { emptyAnswer, Source, type Answer } from '../../src/wire/answer.ts';
import { ServerCookies } from '../../src/wire/cookie.ts';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { nameFromText, nameToText, type Name } from '../../src/wire/name.ts';
import type { Query } from '../../src/wire/query.ts';
import { nameRdata } from '../../src/wire/rdata.ts';
import { BodyWriter } from '../../src/wire/records.ts';
import { policyObservers } from '../../src/telemetry/policy-observers.ts';
import { policyMaker, type PolicyStages } from './policies.ts';
import { without } from './pipeline.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubezone-policies-'));
const ending = new AbortController();
afterAll(() => {
  ending.abort();
  rmSync(folder, { recursive: true });
});

function optionsOf(argv: readonly string[]): Options {
  const loaded = load(argv, {}, () => '');
  if ('errors' in loaded) throw new Error(loaded.errors.map(({ message }) => message).join('\n'));
  return loaded.options;
}

function maker(
  cookieSecretFile?: string,
  blocked: (query: Query) => void = () => undefined,
  namespace?: string,
): ReturnType<typeof policyMaker> {
  const { counters, slots, log } = fakeTelemetry();
  const parts = {
    counters,
    slots,
    log,
    observers: policyObservers(counters, log),
    namespaceOf: () => namespace,
    cookieSecrets: [new Uint8Array(16)],
    cookieSecretFile,
    congestion: new Congestion(systemClock),
    signal: ending.signal,
    blocked,
  };
  return policyMaker(parts);
}

/** Returns one list that blocks these names. */
function listOf(...names: readonly string[]): PolicyData {
  return listTo(Action.nxdomain, ...names);
}

function listTo(action: Action, ...names: readonly string[]): PolicyData {
  const builder = new PolicyBuilder();
  builder.beginList('blocked', false);
  for (const name of names) builder.addName(nameFromText(name)!, false, action);
  return builder.finish();
}

const lists = listOf();
const passed = emptyAnswer(Rcode.NOERROR, Source.forward);
const limited = ['--client-rate=1', '--client-burst=2', '--rate-limit=2', '--rate-limit-slip=0', '--client-max-pending=5'];

type Limit = 'clientRate' | 'rateLimit' | 'forwardShare';
const waits: Handler = () => new Promise(() => undefined);
const answers: Handler = () => passed;

/** Returns how many queries of one client pass before the first that does not; at most 10. */
function passes(stage: Stage, next: Handler): number {
  const handler = stage(next);
  for (let count = 0; count < 10; count++) {
    const outcome = handler(asked('www.example'));
    if (outcome === undefined || (!(outcome instanceof Promise) && outcome !== passed)) return count;
  }
  return 10;
}

describe.each<[string, readonly string[], boolean]>([
  ['new lists', limited, true],
  ['options of other stages', [...limited, '--ttl=7', '--max-concurrent=900', '--forward-allow=0.0.0.0/0', '--cookies=off'], false],
])('%s', (_, argv, withLists) => {
  test.each<[Limit, number, Handler]>([
    ['clientRate', 2, answers],
    ['rateLimit', 2, answers],
    ['forwardShare', 5, waits],
  ])('leave %s what it knows', (limit, most, next) => {
    const make = maker();
    const stageOf = (made: PolicyStages): Stage => made.stages(without)[limit];
    expect(passes(stageOf(make(optionsOf(limited), undefined)), next)).toBe(most);
    expect(passes(stageOf(make(optionsOf(argv), withLists ? lists : undefined)), next)).toBe(0);
  });
});

test.each<[Limit, string, number]>([
  ['clientRate', '--client-burst=3', 3],
  ['clientRate', '--client-rate=0', 10],
  ['rateLimit', '--rate-limit=3', 3],
])('other options of %s, %s, begin afresh', (limit, option, most) => {
  const make = maker();
  passes(make(optionsOf(limited), undefined).stages(without)[limit], answers);
  expect(passes(make(optionsOf([...limited, option]), undefined).stages(without)[limit], answers)).toBe(most);
});

test('questions that wait are counted whatever becomes of the options, and give their places back', async () => {
  const make = maker();
  let answer: (answer: Answer) => void = () => undefined;
  const held: Handler = () => new Promise((resolve) => (answer = resolve));
  const before = make(optionsOf(limited), undefined).stages(without).forwardShare;
  expect(passes(before, held)).toBe(5);
  const after = make(optionsOf([...limited, '--client-max-pending=7']), lists).stages(without).forwardShare;
  expect(passes(after, waits)).toBe(2);
  answer(passed);
  await new Promise(setImmediate);
  expect(passes(after, waits)).toBe(1);
});

test('a cookie is good before and after, also where the file with the secret has become unreadable, and exempts from the rate limit of then', () => {
  const path = join(folder, 'secret');
  writeFileSync(path, '0f'.repeat(16));
  const options = optionsOf(limited);
  const make = maker(path);
  const first = make(options, undefined);
  const given = Buffer.from(first.cookie!(asked('www.example', 'A', { cookie: '0102030405060708', at: 0 })).option!);
  // It is made with the secret of the file.
  const ofFile = new ServerCookies([Buffer.from('0f'.repeat(16), 'hex')]);
  const cookie = given.subarray(-24).toString('hex');
  expect(ofFile.cookieOption(asked('www.example', 'A', { cookie }), systemClock.now() / 1000).verdict).toBe('good');
  rmSync(path);
  const made = make(options, lists);
  const query = asked('www.example', 'A', { cookie });
  const handler = made.stages(without).rateLimit(answers);
  for (let count = 0; count < 5; count++) {
    expect(made.cookie!(query).answer).toBeUndefined();
    expect(handler(query)).toBe(passed);
  }
});

test.each<[string, readonly string[], number]>([
  ['of errors', ['--rate-limit-errors=3'], 3],
  ['of a client', ['--client-rate=1', '--client-burst=2', '--client-over-rate=drop'], 2],
  ['none', [], 10],
])('what the responder answers by itself is limited too: %s', (_, argv, most) => {
  const make = maker();
  const notimp = emptyAnswer(Rcode.NOTIMP, Source.server);
  const answered = (made: PolicyStages): number =>
    Array.from({ length: 10 }, () => made.limit(asked('www.example'), notimp)).filter(Boolean).length;
  expect(answered(make(optionsOf(argv), undefined))).toBe(most);
  expect(answered(make(optionsOf(argv), lists))).toBe(most === 10 ? 10 : 0);
});

test.each([
  [Action.nxdomain, 1],
  [Action.drop, 1],
  [Action.null, 1],
  [Action.passthru, 0],
  [Action.tcpOnly, 0],
])('who watches for attacks hears of what action %i does: %i', (action, count) => {
  const heard: string[] = [];
  const made = maker(undefined, ({ name }) => void heard.push(nameToText(name)))(optionsOf([]), listTo(action, 'www.example'));
  void made.stages(without).filter(answers)(asked('www.example'));
  expect(heard).toEqual(Array.from({ length: count }, () => 'www.example.'));
});

test.each<[string[], number]>([
  [['--rebind-protection'], Rcode.REFUSED],
  [['--rebind-protection', '--rebind-allow=example'], Rcode.NOERROR],
  [[], Rcode.NOERROR],
])('a private address of an outside name, and of ours that its alias leads to, by the options %j', (argv, rcode) => {
  const [www, web] = ['www.example', 'web.shop.svc.cluster.local'].map((text) => nameFromText(text)!) as [Name, Name];
  const made = (name: Name, type: number, rdata: Uint8Array, source: Source): Answer =>
    new BodyWriter(name).add('answers', name, type, 60, rdata).answer(Rcode.NOERROR, source === Source.zone, source);
  const address = Uint8Array.of(10, 1, 2, 3);
  const alias: Handler = ({ name }) =>
    name === www ? { ...made(www, Type.CNAME, nameRdata(web), Source.forward), leadsOn: true } : made(web, Type.A, address, Source.zone);
  const { rebind, aliases } = maker()(optionsOf(argv), undefined).stages(without);
  for (const handler of [rebind(() => made(www, Type.A, address, Source.forward)), aliases(alias)])
    expect((handler(asked('www.example')) as Answer).rcode).toBe(rcode);
});

test('what clients see of namespaces, by the options', () => {
  const made = maker(undefined, undefined, 'a')(optionsOf(['--pods=verified', '--namespace-views=* sees own']), undefined);
  const heard: string[] = [];
  const handler = made.stages(without).views(({ name }) => (heard.push(nameToText(name)), passed));
  for (const name of ['web.a', 'web.b']) void handler(asked(`${name}.svc.cluster.local`));
  // Of a namespace that it does not see, a client gets the answer for a name that is in none.
  expect(heard).toEqual(['web.a.svc.cluster.local.', expect.not.stringContaining('.b.svc.')]);
});

test('of lists, the latest are in use', () => {
  const make = maker();
  const ask = (made: PolicyStages): unknown => (made.stages(without).filter(answers)(asked('www.example')) as Answer).rcode;
  expect(ask(make(optionsOf([]), lists))).toBe(Rcode.NOERROR);
  expect(ask(make(optionsOf([]), listOf('www.example')))).toBe(Rcode.NXDOMAIN);
});
