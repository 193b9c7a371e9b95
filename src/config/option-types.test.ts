import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Option, ValueOf } from './option.ts';
import { optionTypes, readSingle, rightValues } from './option-types.ts';
import { formatDuration, formatSize, LONGEST_MS, readDuration, readSize } from './quantity.ts';

const right: { readonly [Type in keyof ValueOf]: Readonly<Record<string, ValueOf[Type]>> } = {
  string: { a: 'a', 'two words': 'two words', ü: 'ü' },
  path: { '/etc/x': '/etc/x', './a b': './a b' },
  integer: { 0: 0, '-5': -5, 65535: 65535, '1e+06': 1_000_000, '10.0': 10 },
  boolean: { true: true, false: false },
  duration: {
    0: 0,
    '500ms': 500,
    '5s': 5_000,
    '30m': 1_800_000,
    '1h30m': 5_400_000,
    '1d': 86_400_000,
    '1.5s': 1_500,
    '1.1h': 3_960_000,
    '8.2m': 492_000,
  },
  size: { 0: 0, 512: 512, '512B': 512, '1KiB': 1024, '32MiB': 33_554_432, '32Mi': 33_554_432, '0.5GiB': 536_870_912 },
  address: {
    '127.0.0.1:53': { host: '127.0.0.1', port: 53 },
    '[::1]:0': { host: '::1', port: 0 },
    ':65535': { host: '', port: 65535 },
    '[::ffff:10.0.0.1]:53': { host: '::ffff:10.0.0.1', port: 53 },
  },
  upstream: {
    '10.0.0.53': 'udp://10.0.0.53:53',
    '10.0.0.53:5353': 'udp://10.0.0.53:5353',
    'fd00::53': 'udp://[fd00::53]:53',
    '[fd00::53]': 'udp://[fd00::53]:53',
    '[fd00::53]:5353': 'udp://[fd00::53]:5353',
    'UDP://10.0.0.53/': 'udp://10.0.0.53:53',
    'tcp://10.0.0.53': 'tcp://10.0.0.53:53',
    'tls://10.0.0.53': 'tls://10.0.0.53:853',
    'tls://[fd00::53]:8853#DNS.example': 'tls://[fd00::53]:8853#dns.example',
    'https://dns.example/dns-query': 'https://dns.example/dns-query',
    'https://10.0.0.53:8443/q#dns.example': 'https://10.0.0.53:8443/q#dns.example',
    'https://10.0.0.53': 'https://10.0.0.53/dns-query',
  },
  name: {
    'Cluster.Local.': 'cluster.local',
    '.': '.',
    _tcp: '_tcp',
    '10.in-addr.arpa': '10.in-addr.arpa',
    [`${'a'.repeat(63)}.test`]: `${'a'.repeat(63)}.test`,
  },
  reverseZone: {
    'IN-ADDR.ARPA.': 'in-addr.arpa',
    '10.in-addr.arpa': '10.in-addr.arpa',
    '0.0.d.f.ip6.arpa': '0.0.d.f.ip6.arpa',
  },
  selector: { 'app=web': 'app=web', 'a.b/c in (d, e),!f': 'a.b/c in (d, e),!f' },
  prefix: { '10.0.0.0/8': '10.0.0.0/8', '10.1.2.3': '10.1.2.3/32', 'FD00::/8': 'fd00::/8', '::1': '::1/128', '::/0': '::/0' },
};

const wrong: { readonly [Type in keyof ValueOf]: readonly string[] } = {
  string: ['', 'a\nb', '\0'],
  path: ['', 'a\0b'],
  integer: ['', 'x', '.', '1e', '1.5', '1,5', '0x10', '1e99', ' 1', '9007199254740993', 'Infinity', 'NaN'],
  boolean: ['', 'yes', 'True', '1', 'on'],
  duration: ['', '5', '-5s', '5 s', '1w', 's', '0.5ms', '25d', '5s ', '1h30'],
  size: ['', '-1', '1TB', '32MB', '32 MiB', 'MiB', '0.3B', '99999999999GiB'],
  address: [
    '',
    '53',
    '127.0.0.1',
    '127.0.0.1:65536',
    '::1:53',
    '[127.0.0.1]:53',
    'localhost:53',
    '1.2.3:53',
    '1.2.3.999:53',
    '127.0.0.1:x',
    '[::1]',
    '[fe80::1%eth0:53',
    '[fe80::1%eth0]:53',
  ],
  upstream: [
    '',
    'dns.example',
    'tcp://dns.example',
    'ftp://10.0.0.1',
    '10.0.0.256',
    'tls://dns.example',
    '10.0.0.1:0',
    '10.0.0.1:99999',
    'udp://10.0.0.1#x',
    'udp://10.0.0.1/x',
    'tls://10.0.0.1?x',
    'tls://u:p@10.0.0.1',
    'tls://10.0.0.1#a..b',
    'tls://10.0.0.1#bücher.example',
    'https://',
    '10.0.0.1 10.0.0.2',
  ],
  name: [
    '',
    '..',
    'a..b',
    '.a',
    'a b',
    'a/b',
    '*.corp.example',
    'a.test,b.test',
    'a=b',
    'ä.test',
    `${'a'.repeat(64)}.test`,
    `${'abc.'.repeat(64)}abcd`,
  ],
  reverseZone: ['', '.', 'arpa', 'corp.example', 'xip6.arpa', 'in-addr.arpa.example', 'a..in-addr.arpa', '10.0.0.0/8'],
  selector: ['', 'app=web,', 'app in (web'],
  prefix: ['', '10.0.0.0/33', '10.0.0.256/8', '10.0.0/8', '::/129', '10.0.0.0/', '10.0.0.0/8/8', 'fe80::1%eth0', 'a/8', '10.0.0.0/-1'],
};

const types = Object.keys(optionTypes) as (keyof ValueOf)[];
const row = (type: keyof ValueOf, more: Partial<Option> = {}): Option => ({ name: 'x', type, does: 'X.', reloadable: false, ...more });

test.each(
  types.flatMap((type) => (Object.entries(right[type]) as [string, unknown][]).map(([text, value]) => [type, text, value] as const)),
)('%s %j', (type, text, value) => {
  expect(readSingle(row(type), text)).toEqual({ value });
});

test.each(types)('the schema of %s refuses nothing that is right', (type) => {
  const { schema } = optionTypes[type];
  for (const text of Object.keys(right[type])) {
    if (typeof schema.pattern === 'string') expect(text).toMatch(new RegExp(schema.pattern));
  }
});

test.each(
  (['address', 'upstream', 'prefix', 'duration', 'size'] as const).flatMap((type) => wrong[type].map((text) => [type, text] as const)),
)('the schema of %s refuses %j, as Helm reads it', (type, text) => {
  // Invalid in ways a pattern does not check: values of numbers, and empty labels.
  const beyondPatterns = [
    '10.0.0.1:0',
    '10.0.0.1:99999',
    '127.0.0.1:65536',
    'tls://10.0.0.1#a..b',
    '0.5ms',
    '25d',
    '0.3B',
    '99999999999GiB',
  ];
  if (!beyondPatterns.includes(text)) expect(text).not.toMatch(new RegExp(String(optionTypes[type].schema.pattern)));
});

test.each(types.flatMap((type) => wrong[type].map((text) => [type, text] as const)))('%s refuses %j', (type, text) => {
  expect(readSingle(row(type), text)).toEqual({ wrong: rightValues(row(type)) });
});

test.each<[string, Option, string[], string[]]>([
  ['a whole number from 1 to 64', row('integer', { min: 1, max: 64 }), ['1', '64'], ['0', '65']],
  ['a whole number, at least 1', row('integer', { min: 1 }), ['1'], ['0']],
  ['a whole number, at most 9', row('integer', { max: 9 }), ['-1', '9'], ['10']],
  [
    'a duration with its unit, such as 500ms, 5s, 30m or 1h30m from 100ms to 1m',
    row('duration', { min: 100, max: 60_000 }),
    ['100ms', '1m'],
    ['99ms', '61s'],
  ],
  [
    'a duration with its unit, such as 500ms, 5s, 30m or 1h30m from 1s to 24d',
    row('duration', { min: 1000 }),
    ['1s', '24d'],
    ['999ms', '30d'],
  ],
  ['a duration with its unit, such as 500ms, 5s, 30m or 1h30m, at most 24d', row('duration'), ['0', '24d'], ['24d1ms']],
  ['a size in bytes or with its unit, such as 512KiB or 32MiB, at most 1MiB', row('size', { max: 2 ** 20 }), ['1MiB'], ['1048577']],
  ['a namespace', row('string', { pattern: 'a|b+', right: 'a namespace' }), ['a', 'bb'], ['ab', 'c', '']],
  ['one of a, b', { ...row('string'), type: 'enum', values: ['a', 'b'] }, ['a', 'b'], ['', 'c', 'A']],
])('%s', (words, option, inside, outside) => {
  for (const text of inside) expect(readSingle(option, text)).toHaveProperty('value');
  for (const text of outside) expect(readSingle(option, text)).toEqual({ wrong: words });
});

test('durations and sizes are read as they are written', () => {
  fc.assert(fc.property(fc.nat(LONGEST_MS), (ms) => readDuration(formatDuration(ms)) === ms));
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => readSize(formatSize(bytes)) === bytes));
});

test('no text makes a type throw, and what it accepts it accepts again as it gave it', () => {
  const canonical = ['upstream', 'name', 'reverseZone', 'prefix'] as const;
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.ipV4(), fc.ipV6(), fc.domain()), (text) => {
      for (const type of types) optionTypes[type].read(text);
      for (const type of canonical) {
        const value = optionTypes[type].read(text);
        if (value !== undefined) expect(optionTypes[type].read(value)).toBe(value);
      }
    }),
  );
});

test('what is an address is what Node takes for one, without zones', () => {
  const part = fc.constantFrom('::', ':', '0', 'ffff', '12345', 'g', '1.2.3.4', '1.2.3', '%e', ']');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part, { maxLength: 16 }).map((parts) => parts.join('')),
        fc.ipV6(),
        fc.ipV4(),
      ),
      (text) => {
        const right = isIPv4(text) || (isIPv6(text) && !text.includes('%'));
        expect('value' in readSingle(row('prefix'), text)).toBe(right);
      },
    ),
    { numRuns: 2000 },
  );
});
