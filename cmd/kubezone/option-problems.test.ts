/** Every error of the options, of whatever kind, is reported by one start or one hot reload. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { load, type Environment } from '../../src/config/load.ts';
import { optionProblems } from './option-problems.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubezone-options-'));
afterAll(() => rmSync(folder, { recursive: true }));
const named = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const secret = named('secret', `# old and new\n${'0f'.repeat(16)}\nshort\n`);
const noSecret = named('no-secret', '# none\n');
const noPem = named('ca.pem', 'hello\n');

/** Returns the messages for flags, variables and the text of kz.yaml; without a text the file does not exist. */
function said(argv: readonly string[], file?: string, environment: Environment = {}): readonly string[] {
  const loaded = load(
    [...argv, '--config', 'kz.yaml'],
    environment,
    () => {
      if (file === undefined) throw new Error('ENOENT');
      return file;
    },
    optionProblems,
  );
  return 'errors' in loaded ? loaded.errors.map(({ message }) => message) : [];
}

const noAction = '"perhaps" is no action; begin with allow, refuse, drop, nodata or nxdomain';
const notServed = (zone: string): string =>
  `"${zone}" is no zone served here; for names that end so write "name ${zone}", and "zone ." for every name outside our zones`;
const noFile = 'flag --config: cannot read "kz.yaml": ENOENT';

test.each<[string, string[], string | undefined, Environment, string[]]>([
  [
    'what this machine cannot do',
    [],
    'snapshot: /dev/null',
    {},
    ['kz.yaml:1: snapshot "/dev/null" is no file: give the path of one, which need not exist yet'],
  ],
  ['nothing wrong', ['--acl', 'allow zone in-addr.arpa; drop'], 'reverse-zones: [in-addr.arpa]', {}, []],
  [
    'values that do not load, relations, rules and files together, each with its place',
    ['--ttl', 'many', '--upstream-ca', noPem],
    [
      'acl:',
      '  - refuse from 10.0.0.0/8',
      '  - perhaps name a.test',
      '  - perhaps name a.test',
      'cache-min-ttl: 9',
      'cache-max-ttl: 8',
      `cookie-secret: ${secret}`,
      'bogus: 1',
    ].join('\n'),
    { KUBEZONE_NAMESPACE_VIEWS: 'a sees own;b see own', KUBEZONE_PODS: 'verified' },
    [
      'flag --ttl: "many" is not a whole number from 0 to 86400',
      'kz.yaml:8: there is no option "bogus"; --help lists them',
      '--cache-min-ttl and --cache-max-ttl: the least, 9, must not be above the greatest, 8',
      `kz.yaml:3: acl rule 2 "perhaps name a.test": ${noAction}`,
      `kz.yaml:4: acl rule 3 "perhaps name a.test": ${noAction}`,
      'environment variable KUBEZONE_NAMESPACE_VIEWS: namespace-views rule 2 "b see own": the form is NAMESPACE,… sees NAMESPACE,…, such as "team-a sees own,shared"',
      `kz.yaml:7: cookie-secret "${secret}" line 3: 5 characters are not a secret of 32 hexadecimal digits`,
      `flag --upstream-ca: "${noPem}" holds no certificate in PEM: give a file with the authorities' certificates`,
    ],
  ],
  [
    'prefixes with bits behind their length',
    ['--forward-allow', '10.0.0.0/8,10.1.2.3/16,192.0.2.1,FD00::1/8'],
    'rate-limit-exempt: [10.0.0.0/8, "::ffff:10.1.2.3/104"]',
    {},
    [
      'flag --forward-allow: "10.1.2.3/16" has bits set behind its length; 10.1.0.0/16 would be right, or a longer length',
      'flag --forward-allow: "fd00::1/8" has bits set behind its length; fd00::/8 would be right, or a longer length',
      'kz.yaml:1: rate-limit-exempt "::ffff:10.1.2.3/104" has bits set behind its length; 10.0.0.0/8 would be right, or a longer length',
    ],
  ],
  [
    'a place is that of the value behind others that are wrong',
    ['--cookie-secret', noSecret],
    'acl:\n  - ""\n  - perhaps',
    {},
    [
      expect.stringMatching(/^kz\.yaml:2: acl "" is not rules such as/) as string,
      `kz.yaml:3: acl rule 1 "perhaps": ${noAction}`,
      `flag --cookie-secret: "${noSecret}" holds no secret of 32 hexadecimal digits`,
    ],
  ],
  [
    'a zone of a rule is one of those served',
    ['--acl=drop zone corp.example'],
    '',
    {},
    [`flag --acl: rule 1 "drop zone corp.example": ${notServed('corp.example')}`],
  ],
  [
    'what zones are served is not known: a rule may name any',
    ['--acl=drop zone corp.example', '--acl=perhaps', '--cluster-domain=a..b'],
    '',
    {},
    [expect.stringMatching(/^flag --cluster-domain: "a\.\.b" is not a domain name/) as string, `flag --acl: rule 2 "perhaps": ${noAction}`],
  ],
  [
    'a file that cannot be read may name the zones, and the certificate',
    ['--acl=drop zone corp.example', '--acl=perhaps', '--listen-tls=:853', '--cache-min-ttl=9', '--cache-max-ttl=8'],
    undefined,
    {},
    [
      noFile,
      '--cache-min-ttl and --cache-max-ttl: the least, 9, must not be above the greatest, 8',
      `flag --acl: rule 2 "perhaps": ${noAction}`,
    ],
  ],
  [
    'files that are not there',
    ['--cookie-secret=/no/secret', '--upstream-ca=/no/ca'],
    '',
    {},
    [
      expect.stringMatching(
        /^flag --cookie-secret: "\/no\/secret" cannot be read \(ENOENT.*\): give a file with 32 hexadecimal digits$/,
      ) as string,
      expect.stringMatching(
        /^flag --upstream-ca: "\/no\/ca" cannot be read \(ENOENT.*\): give a file with the authorities' certificates$/,
      ) as string,
    ],
  ],
])('%s', (_, argv, file, environment, expected) => {
  expect(said(argv, file, environment)).toEqual(expected);
});
