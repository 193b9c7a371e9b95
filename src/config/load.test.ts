import fc from 'fast-check';
import { expect, test } from 'vitest';
import { load, type Environment } from './load.ts';
import type { Options } from './options.ts';

interface Input {
  readonly argv?: readonly string[];
  readonly environment?: Environment;
  readonly file?: string;
}

function loaded({ argv = [], environment = {}, file }: Input): ReturnType<typeof load> {
  const named = file === undefined ? [] : ['--config', 'kubezone.yaml'];
  return load([...argv, ...named], environment, () => file ?? '');
}

function values(input: Input): Options {
  const result = loaded(input);
  if ('errors' in result) throw new Error(result.errors.map((error) => error.message).join('\n'));
  return result.options;
}

function messages(input: Input): string[] {
  const result = loaded(input);
  return 'errors' in result ? result.errors.map((error) => error.message) : [];
}

test.each<[string, Input, Partial<Options>]>([
  ['a flag wins over the rest', { argv: ['--ttl', '1'], environment: { KUBEZONE_TTL: '2' }, file: 'ttl: 3' }, { ttl: 1 }],
  ['the environment wins over the file', { environment: { KUBEZONE_TTL: '2' }, file: 'ttl: 3' }, { ttl: 2 }],
  ['the file wins over the default', { file: 'ttl: 3' }, { ttl: 3 }],
  [
    'the default is last',
    {},
    { ttl: 30, clusterDomain: 'cluster.local', pods: 'insecure', cacheSize: 32 * 2 ** 20, watchIdleLimit: 180_000 },
  ],
  ['the last of repeated flags counts', { argv: ['--ttl', '1', '--ttl=2'] }, { ttl: 2 }],
  ['an empty variable is not given', { environment: { KUBEZONE_TTL: '' }, file: 'ttl: 3' }, { ttl: 3 }],
  [
    'a boolean flag stands alone',
    { argv: ['--chaos', '--no-prefetch', '--autopath=true'] },
    { chaos: true, prefetch: false, autopath: true },
  ],
  [
    'lists are repeated, joined by commas, or YAML lists',
    {
      argv: ['--hosts', 'a', '--hosts=b,c'],
      environment: { KUBEZONE_NAMESPACES: 'x, y' },
      file: 'reverse-zones: [In-Addr.ARPA.]\nupstream: 10.0.0.1',
    },
    { hosts: ['a', 'b', 'c'], namespaces: ['x', 'y'], reverseZones: ['in-addr.arpa'], upstream: ['udp://10.0.0.1:53'] },
  ],
  ['a list of one source replaces another', { argv: ['--hosts', 'a'], file: 'hosts: [b, c]' }, { hosts: ['a'] }],
  ['an empty YAML list is a value', { environment: {}, file: 'reverse-zones: []' }, { reverseZones: [] }],
  [
    'a map by flags',
    { argv: ['--zones', 'Corp.example=10.0.0.53,tcp://10.0.0.54', '--zones=b.test=[::1]:5353'] },
    { zones: { 'corp.example': ['udp://10.0.0.53:53', 'tcp://10.0.0.54:53'], 'b.test': ['udp://[::1]:5353'] } },
  ],
  [
    'a map by environment',
    { environment: { KUBEZONE_ZONES: 'a.test=10.0.0.1,10.0.0.2; b.test=10.0.0.3; ' } },
    { zones: { 'a.test': ['udp://10.0.0.1:53', 'udp://10.0.0.2:53'], 'b.test': ['udp://10.0.0.3:53'] } },
  ],
  [
    'a map by file, with aliases, and a name that objects have already',
    { file: 'upstream: &up [&one 10.0.0.1]\nzones:\n  a.test: *up\n  constructor: [*one]' },
    { zones: { 'a.test': ['udp://10.0.0.1:53'], constructor: ['udp://10.0.0.1:53'] } },
  ],
  [
    'a zone with just enough room for names below it',
    { argv: ['--cluster-domain', `${'abc.'.repeat(60)}a`] },
    { clusterDomain: `${'abc.'.repeat(60)}a` },
  ],
  ['an empty file', { file: '# nothing yet\n' }, { ttl: 30 }],
  ['a file of nothing', { file: '---\nnull\n' }, { ttl: 30 }],
  [
    'numbers as Helm writes them',
    { file: 'max-concurrent: 1e+06\ncache-size: 1.048576e+06' },
    { maxConcurrent: 1_000_000, cacheSize: 1_048_576 },
  ],
  ['texts that YAML takes for numbers', { file: 'nsid: 1.10' }, { nsid: '1.10' }],
  ['a choice that YAML takes for nothing', { file: 'blocklist-action: null' }, { blocklistAction: 'null' }],
  [
    "variables that Kubernetes sets for a Service of the server's own name, and those of tests",
    {
      environment: {
        KUBEZONE_SERVICE_HOST: '10.0.0.10',
        KUBEZONE_PORT: 'udp://10.0.0.10:53',
        KUBEZONE_PORT_53_UDP_ADDR: '10.0.0.10',
        KUBEZONE_METRICS_SERVICE_PORT_HTTP: '9153',
        KUBEZONE_E2E_CONTEXT: 'kind',
      },
    },
    { ttl: 30 },
  ],
])('%s', (_, input, expected) => {
  expect(values(input)).toMatchObject(expected);
});

test.each<[string, Input, string[]]>([
  ['unknown flag', { argv: ['--tll=3'] }, ['flag --tll: there is no such option; did you mean --ttl?']],
  ['unknown flag near nothing', { argv: ['--quux-baz'] }, ['flag --quux-baz: there is no such option; --help lists them']],
  ['short flag', { argv: ['-t'] }, ['flag -t: there is no such option; --help lists them']],
  [
    'unknown variable',
    { environment: { KUBEZONE_PODZ: 'x' } },
    ['environment variable KUBEZONE_PODZ: there is no such option; did you mean KUBEZONE_PODS?'],
  ],
  [
    'unknown variable near nothing',
    { environment: { KUBEZONE_FOO: 'x' } },
    ['environment variable KUBEZONE_FOO: there is no such option; unset it'],
  ],
  [
    'unknown key, with its line',
    { file: '# ours\nttl: 3\n\ncluser-domain: x\n' },
    ['kubezone.yaml:4: there is no option "cluser-domain"; did you mean "cluster-domain"?'],
  ],
  [
    'a key in camel case',
    { file: 'clusterDomain: x' },
    ['kubezone.yaml:1: there is no option "clusterDomain"; did you mean "cluster-domain"?'],
  ],
  [
    'keys that have no place in the file',
    { file: 'config: other.yaml\nexample: true' },
    [
      'kubezone.yaml:1: config has no place in the file; give it as --config where a command takes it',
      'kubezone.yaml:2: example has no place in the file; give it as --example where a command takes it',
    ],
  ],
  ['no value', { argv: ['--pods', '--chaos'] }, ['flag --pods: has no value; give one of disabled, insecure, verified']],
  ['no value at the end', { argv: ['--ttl'] }, ['flag --ttl: has no value; give a whole number from 0 to 86400']],
  ['a value for --no-…', { argv: ['--no-chaos=true'] }, ['flag --no-chaos: takes no value; write --no-chaos or --chaos=true']],
  ['a bad value in a flag', { argv: ['--ttl', '-1'] }, ['flag --ttl: "-1" is not a whole number from 0 to 86400']],
  [
    'a bad value in the environment',
    { environment: { KUBEZONE_TTL: 'x' } },
    ['environment variable KUBEZONE_TTL: ttl "x" is not a whole number from 0 to 86400'],
  ],
  ['a bad value in the file', { file: '\nttl: 1.5' }, ['kubezone.yaml:2: ttl "1.5" is not a whole number from 0 to 86400']],
  [
    'a bad item of a list, with its own line',
    { file: 'namespaces:\n  - a\n  - ""\n' },
    [`kubezone.yaml:3: namespaces "" is not a namespace's name, such as default: lower-case letters, digits and hyphens`],
  ],
  ['a map where one value belongs', { file: 'ttl: {a: 1}' }, ['kubezone.yaml:1: ttl must be one value: a whole number from 0 to 86400']],
  ['a list where one value belongs', { file: 'ttl: [1]' }, ['kubezone.yaml:1: ttl must be one value: a whole number from 0 to 86400']],
  ['nothing where a value belongs', { file: 'ttl:' }, ['kubezone.yaml:1: ttl must be one value: a whole number from 0 to 86400']],
  [
    'nothing, where null is a choice',
    { file: 'blocklist-action:' },
    ['kubezone.yaml:1: blocklist-action must be one value: one of nxdomain, nodata, refuse, null'],
  ],
  [
    'null where it is no choice',
    { file: 'nsid: null' },
    ['kubezone.yaml:1: nsid must be one value: a text of at most 64 ASCII characters, such as the name of the pod'],
  ],
  ['a map where a list belongs', { file: 'hosts: {a: b}' }, ['kubezone.yaml:1: hosts must be a list, each value a path']],
  ['no YAML', { file: 'ttl: 1\npods: "x' }, ['kubezone.yaml:2: is not valid YAML: Missing closing "quote']],
  ['a key twice', { file: 'ttl: 1\nttl: 2' }, ['kubezone.yaml:2: is not valid YAML: "ttl" stands twice']],
  ['a file that is no mapping', { file: '- ttl' }, ['kubezone.yaml:1: must be a mapping of option names to values, such as "ttl: 30"']],
  ['a map entry without a name', { argv: ['--zones', '10.0.0.1'] }, ['flag --zones: "" is not a domain name before "="']],
  [
    'reverse zones that are none',
    { argv: ['--reverse-zones', 'corp.example'] },
    ['flag --reverse-zones: "corp.example" is not in-addr.arpa, ip6.arpa or a zone below one of them'],
  ],
  [
    'a selector that is none',
    { argv: ['--selector', 'app in (web'] },
    ['flag --selector: "app in (web" is not a label selector, such as app=shop,tier!=test'],
  ],
])('refused: %s', (_, input, expected) => {
  expect(messages(input)).toEqual(expected);
});

test('all errors come at once, from every source, the losing ones too', () => {
  const result = loaded({
    argv: ['--ttl', 'a', '--bogus', '--tls-key', 'k'],
    environment: { KUBEZONE_TTL: 'b', KUBEZONE_UDP: 'c' },
    file: 'ttl: d\nnope: 1\nzones:\n  x.test: [e]\n  y.test: []',
  });
  const errors = 'errors' in result ? result.errors : [];
  expect(errors.map(({ option, where, value }) => [option, where, value])).toEqual([
    ['--bogus', 'flag --bogus', undefined],
    ['ttl', 'flag --ttl', 'a'],
    ['ttl', 'environment variable KUBEZONE_TTL', 'b'],
    ['udp', 'environment variable KUBEZONE_UDP', 'c'],
    ['nope', 'kubezone.yaml:2', undefined],
    ['ttl', 'kubezone.yaml:1', 'd'],
    ['zones', 'kubezone.yaml:4', 'e'],
    ['zones', 'kubezone.yaml:5', ''],
    ['tls-cert', '--tls-cert and --tls-key', undefined],
  ]);
});

test('a file that cannot be read is one of the errors', () => {
  const unreadable = (): string => {
    throw new Error('ENOENT: no such file or directory');
  };
  const result = load(['--ttl=x'], { KUBEZONE_CONFIG: '/nowhere.yaml' }, unreadable);
  expect('errors' in result && result.errors.map((error) => error.message)).toEqual([
    'flag --ttl: "x" is not a whole number from 0 to 86400',
    'environment variable KUBEZONE_CONFIG: cannot read "/nowhere.yaml": ENOENT: no such file or directory',
  ]);
});

test('what is no flag is kept in order, and everything behind --', () => {
  const result = load(['www.example.test', '--ttl', '3', '-', 'AAAA', '--', '--ttl'], {}, () => '');
  expect('positionals' in result && result.positionals).toEqual(['www.example.test', '-', 'AAAA', '--ttl']);
});

test('the options are frozen through and can be posted to a thread', () => {
  const options = values({ argv: ['--zones', 'a.test=10.0.0.1', '--listen', ':53'] });
  for (const part of [options, options.zones, options.zones['a.test'], options.listen, options.listen[0]])
    expect(Object.isFrozen(part)).toBe(true);
  expect(structuredClone(options)).toEqual(options);
});

test('nothing that can be written makes it throw', () => {
  const word = fc.oneof(fc.string(), fc.constantFrom('--zones', '--listen=', '--config', '--', '-', '--no-chaos', '='));
  const yaml = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom('zones: *a', 'ttl: !!binary x', '? [a]\n: b', 'a: &a [*a]', 'zones: {? [x] : y}', 'hosts: [!x y, {}]'),
  );
  fc.assert(
    fc.property(
      fc.array(word),
      fc.dictionary(fc.constantFrom('KUBEZONE_ZONES', 'KUBEZONE_TTL', 'KUBEZONE_X'), fc.string()),
      yaml,
      (argv, environment, file) => {
        const result = loaded({ argv, environment, file });
        if ('errors' in result) for (const error of result.errors) expect(error.message.startsWith(`${error.where}: `)).toBe(true);
      },
    ),
  );
});
