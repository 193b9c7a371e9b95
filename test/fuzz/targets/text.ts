/** What people and feeds write: options, rules, lists, policy zones, hosts, resolv.conf, cookie secrets. */
import { load } from '../../../src/config/load.ts';
import { parseAclRule } from '../../../src/query/acl/acl-rule.ts';
import { Action } from '../../../src/query/filter/action.ts';
import { readNameListLine } from '../../../src/query/filter/name-list.ts';
import { Policies } from '../../../src/query/filter/policies.ts';
import { PolicyBuilder } from '../../../src/query/filter/policy-builder.ts';
import { RpzReader } from '../../../src/query/filter/rpz.ts';
import { parsePrefix } from '../../../src/query/prefixes.ts';
import { parseViewRule } from '../../../src/query/views/view-rule.ts';
import { parseHosts } from '../../../src/upstream/hosts.ts';
import { parseResolvConf } from '../../../src/upstream/resolv-conf.ts';
import { readCookieSecrets } from '../../../src/wire/cookie.ts';
import { nameFromText } from '../../../src/wire/name.ts';
import { fail, type Target } from '../target.ts';

const text = (input: Uint8Array): string => Buffer.from(input).toString();
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
  run: (input) => {
    const builder = new PolicyBuilder();
    builder.beginList('fuzz', true);
    const reader = new RpzReader(builder);
    text(input)
      .split('\n')
      .forEach((line, index) => reader.read(line, index + 1));
    const policies = new Policies(builder.finish());
    for (const name of names) policies.forName(name);
    policies.forAddress(Uint8Array.of(192, 0, 2, 1));
    policies.forAddress(new Uint8Array(16));
  },
};

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
    parseHosts(text(input));
    parseResolvConf(text(input));
    checkErrors(readCookieSecrets(text(input)).errors);
  },
};

export const textTargets: readonly Target[] = [configTarget, rulesTarget, rpzTarget, listsTarget];
