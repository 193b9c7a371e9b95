/** Fuzzes text from operators and feeds: options, rules, lists, policy zones, hosts files, resolv.conf, and cookie secrets. */
import { load } from '../../../src/config/load.ts';
import { parseAclRule } from '../../../src/query/acl/acl-rule.ts';
import { Action } from '../../../src/query/filter/action.ts';
import { readNameListLine } from '../../../src/query/filter/name-list.ts';
import { Filter } from '../../../src/query/filter/filter.ts';
import { Policies, type PolicyData } from '../../../src/query/filter/policies.ts';
import { PolicyBuilder } from '../../../src/query/filter/policy-builder.ts';
import { RpzReader } from '../../../src/query/filter/rpz.ts';
import type { Handler } from '../../../src/query/handler.ts';
import { atOnce } from '../../../src/query/in-slices.ts';
import { parsePrefix } from '../../../src/query/prefixes.ts';
import { parseViewRule } from '../../../src/query/views/view-rule.ts';
import { parsingHosts } from '../../../src/query/hosts/parse.ts';
import { parseResolvConf } from '../../../src/upstream/resolv-conf.ts';
import { Source } from '../../../src/wire/answer.ts';
import { readCookieSecrets } from '../../../src/wire/cookie.ts';
import { Rcode, Type } from '../../../src/wire/iana.ts';
import { nameFromText, nameToWire, type Name } from '../../../src/wire/name.ts';
import { writeQuestion } from '../../../src/wire/question.ts';
import { BodyWriter } from '../../../src/wire/records.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { answering } from '../answering.ts';
import { fail, type Target } from '../target.ts';

const text = (input: Uint8Array): string => Buffer.from(input).toString();
const clock = fakeClock();
const names = ['www.example', 'a.b.ads.example', '.', 'x'.repeat(63)].map((one) => nameFromText(one)!);

function checkErrors(errors: readonly string[]): void {
  for (const error of errors) if (error.length < 10) fail(`an error that says nothing: ${JSON.stringify(error)}`);
}

const configTarget: Target = {
  name: 'config',
  words: ['upstream: ', '\nacl:\n  - ', 'zones: {', '&a [', '*a', '!!binary', '? ', '<<: ', 'ttl: 1e999', ': ', '\t'],
  run: (input) => {
    const fromFile = load(['--config', 'file'], {}, () => text(input));
    const words = text(input).split(/\s+/);
    const fromFlags = load(words, { KUBEZONE_ZONES: words.join(';'), KUBEZONE_TTL: words[0] }, () => '');
    for (const loaded of [fromFile, fromFlags]) if ('errors' in loaded) checkErrors(loaded.errors.map((error) => error.message));
  },
};

const rulesTarget: Target = {
  name: 'rules',
  words: [
    'allow',
    'refuse',
    ' from ',
    ' name ',
    ' zone ',
    ' type ',
    ' sees ',
    'own',
    '*',
    '?',
    ',',
    '10.0.0.0/8',
    'fd00::/8',
    '::ffff:0.0.0.0/96',
  ],
  run: (input) => {
    const line = text(input);
    for (const compiled of [parseAclRule(line, names), parseViewRule(line)]) if ('errors' in compiled) checkErrors(compiled.errors);
    const prefix = parsePrefix(line);
    if (prefix !== undefined && (prefix.length > prefix.address.length * 8 || prefix.length < 0)) fail('a prefix longer than its address');
  },
};

const rpzTarget: Target = {
  name: 'rpz',
  words: [
    ' CNAME .\n',
    ' CNAME *.\n',
    '.rpz-ip',
    'rpz-passthru.',
    '$ORIGIN ',
    '$TTL ',
    ' (',
    ')',
    '"',
    '\\',
    ';',
    '*.',
    '@',
    ' TXT ',
    ' A 192.0.2.1\n',
    '.zz.',
  ],
  run: async (input) => {
    const builder = new PolicyBuilder();
    builder.beginList('fuzz', true);
    const reader = new RpzReader(builder);
    const lines = text(input).split('\n');
    lines.forEach((line, index) => reader.read(line, index + 1));
    reader.end();
    const data = builder.finish();
    const policies = new Policies(data);
    for (const name of names) policies.forName(name);
    policies.forAddress(Uint8Array.of(192, 0, 2, 1));
    policies.forAddress(new Uint8Array(16));
    const owners = lines.slice(0, 16).flatMap((line) => nameFromText(line.split(/\s/, 1)[0]!) ?? []);
    await answerBy(data, [...names.slice(0, 2), ...owners]);
  },
};

/** Asks for each name of `asked`, which the upstream answers with an alias of a name that has an address. */
async function answerBy(data: PolicyData, asked: readonly Name[]): Promise<void> {
  const filter = new Filter();
  filter.use(data);
  const [target] = names;
  const outside: Handler = (query) => {
    const body = new BodyWriter(query.name).add('answers', query.name, Type.CNAME, 60, nameToWire(target!));
    return body.add('answers', target!, Type.A, 60, Uint8Array.of(192, 0, 2, 1)).answer(Rcode.NOERROR, false, Source.forward);
  };
  const ask = answering(filter.stage()(outside), clock);
  for (const [index, name] of asked.entries()) {
    const type = ASKED_TYPES[index % ASKED_TYPES.length]!;
    await ask(writeQuestion({ name, type, dnssecOk: false, checkingDisabled: false }, 1, 4096), 'udp');
  }
}

const ASKED_TYPES = [Type.A, Type.TXT, Type.ANY, Type.SRV] as const;

const listsTarget: Target = {
  name: 'lists',
  words: ['0.0.0.0 ', '127.0.0.1\t', '::1 ', '*.', '#', 'localhost', '\r\n', 'nameserver ', 'search ', 'options ndots:5', 'ads.example'],
  run: (input) => {
    const builder = new PolicyBuilder();
    builder.beginList('fuzz', false);
    text(input)
      .split('\n')
      .forEach((line, index) => readNameListLine(line, index + 1, Action.nxdomain, builder));
    const policies = new Policies(builder.finish());
    for (const name of names) policies.forName(name);
    atOnce(parsingHosts(text(input)));
    parseResolvConf(text(input));
    checkErrors(readCookieSecrets(text(input)).errors);
  },
};

export const textTargets: readonly Target[] = [configTarget, rulesTarget, rpzTarget, listsTarget];
