/** Queries the program with dig, kdig and delv, which must understand the responses. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isInstalled } from '../fakes/is-installed.ts';
import { serveRecorded } from './served.ts';

const run = promisify(execFile);
const served = serveRecorded();
const web = 'web.shop.svc.cluster.local';
const wide = 'wide.media.svc.cluster.local';

/** The parts of a response that both `dig` and `kdig` print, each in its own format. */
interface Shown {
  readonly text: string;
  readonly status: string;
  readonly flags: string;
  /** The lines of the answer section. */
  readonly answers: readonly string[];
  readonly overTcp: boolean;
}

async function ask(tool: string, args: readonly string[]): Promise<Shown> {
  const { stdout: text } = await run(tool, ['@127.0.0.1', '-p', String(served.port), '+time=5', ...args]);
  return {
    text,
    status: / status: (\w+)/.exec(text)?.[1] ?? '',
    flags: /^;; flags: ([a-z ]+);/im.exec(text)?.[1]?.trim() ?? '',
    answers: (/;; ANSWER SECTION:\n((?:[^\n]+\n)*)/.exec(text)?.[1] ?? '').split('\n').filter((line) => line !== ''),
    overTcp: /\(TCP\)/.test(text),
  };
}

type Row = readonly [args: string, expected: Partial<Omit<Shown, 'answers'>> & { readonly answers?: number | readonly RegExp[] }];
const address = /\sA\s+10\.96\.20\.1$/;
const ours = 'qr aa rd ra';

const rows: readonly Row[] = [
  [web, { status: 'NOERROR', flags: ours, answers: [address], overTcp: false }],
  [`+tcp ${web}`, { status: 'NOERROR', flags: ours, answers: [address], overTcp: true }],
  [`+bufsize=512 +ignore ${wide}`, { status: 'NOERROR', flags: 'qr aa tc rd ra', overTcp: false }],
  [`+bufsize=512 ${wide}`, { status: 'NOERROR', flags: ours, answers: 100, overTcp: true }],
  [`+noedns ${web}`, { status: 'NOERROR', flags: ours, answers: [address] }],
  ['WEB.shop.Svc.cluster.LOCAL', { status: 'NOERROR', answers: [/^WEB\.shop\.Svc\.cluster\.LOCAL\.\s+30\s+IN\s+A\s+10\.96\.20\.1$/i] }],
  ['-x 10.96.20.1', { status: 'NOERROR', flags: ours, answers: [/\sPTR\s+web\.shop\.svc\.cluster\.local\.$/] }],
  ['-x fd00:10:96::2040', { status: 'NOERROR', flags: ours, answers: [/\sPTR\s+api\.shop\.svc\.cluster\.local\.$/] }],
  [`${web} ANY`, { status: 'NOERROR', answers: [/\sHINFO\s+"RFC8482" ""$/] }],
  ['version.bind CH TXT', { status: 'REFUSED', answers: 0 }],
  [`${web} AAAA`, { status: 'NOERROR', answers: 0 }],
  ['absent.shop.svc.cluster.local', { status: 'NXDOMAIN', flags: ours, answers: 0 }],
  ['_https._tcp.kubernetes.default.svc.cluster.local SRV', { answers: [/\sSRV\s+0 100 443 kubernetes\.default\.svc\.cluster\.local\.$/] }],
  ['cdn.example.test', { status: 'NOERROR', flags: 'qr rd ra', answers: [/\sCNAME\s+edge/, /192\.0\.2\.8[12]$/, /192\.0\.2\.8[12]$/] }],
  ['big.example.test', { status: 'NOERROR', answers: 199, overTcp: true }],
  [`${web} TYPE65280`, { status: 'NOERROR', answers: 0 }],
];

async function check(tool: string, [args, expected]: Row): Promise<Shown> {
  const shown = await ask(tool, args.split(' '));
  const { answers, ...rest } = expected;
  expect(shown).toMatchObject(rest);
  if (typeof answers === 'number') expect(shown.answers).toHaveLength(answers);
  else if (answers !== undefined) expect(shown.answers).toEqual(answers.map((line) => expect.stringMatching(line) as unknown));
  // What the tools print about responses they cannot understand. dig's warning about names in .local is expected.
  expect(shown.text.replace(/;; WARNING: \.local is reserved/g, '')).not.toMatch(/warning|malformed|mismatch|\bbad |extra bytes|error:/i);
  return shown;
}

describe.skipIf(!isInstalled('dig'))('dig', () => {
  test.each(rows)('%s', async (...row) => {
    await check('dig', row);
  });

  test('+ednsopt=65001:abcd: ignored', async () => {
    const { text } = await check('dig', [`+ednsopt=65001:abcd ${web}`, { status: 'NOERROR', answers: [address] }]);
    expect(text).toContain('EDNS: version: 0, flags:; udp: 1232');
    expect(text).not.toContain('OPT=65001');
  });

  test('mixed case: given back letter for letter', async () => {
    const { answers } = await ask('dig', ['WEB.shop.Svc.cluster.LOCAL']);
    expect(answers[0]).toMatch(/^WEB\.shop\.Svc\.cluster\.LOCAL\./);
  });

  test('+edns=1 +noednsneg: BADVERS, and version 0 is told', async () => {
    const { text } = await check('dig', [`+edns=1 +noednsneg ${web}`, { status: 'BADVERS', answers: 0 }]);
    expect(text).toContain('EDNS: version: 0,');
  });

  test('+edns=1: it negotiates, and is answered', async () => {
    const { stdout } = await run('dig', ['@127.0.0.1', '-p', String(served.port), '+edns=1', '+short', web]);
    expect(stdout.trim().split('\n').at(-1)).toBe('10.96.20.1');
  });

  test('+cookie: one of ours, which it finds good when it comes back', async () => {
    const { text } = await ask('dig', ['+cookie', web]);
    const [, cookie] = /COOKIE: ([0-9a-f]{48}) \(good\)/.exec(text)!;
    expect((await ask('dig', [`+cookie=${cookie!}`, web])).text).toContain('(good)');
  });

  test.each([['cluster.local'], ['cluster.local +notcp'], ['example.test']])('AXFR %s: refused', async (args) => {
    const { stdout } = await run('dig', ['@127.0.0.1', '-p', String(served.port), 'AXFR', ...args.split(' ')]).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toContain('; Transfer failed.');
  });

  test('two questions on one command: each is answered', async () => {
    const { text } = await ask('dig', ['+short', web, 'api.shop.svc.cluster.local']);
    expect(text.trim().split('\n')).toEqual(['10.96.20.1', '10.96.20.40']);
  });

  test('+keepopen +tcp: both over one connection', async () => {
    const { text } = await ask('dig', ['+tcp', '+keepopen', '+short', web, 'api.shop.svc.cluster.local']);
    expect(text.trim().split('\n')).toEqual(['10.96.20.1', '10.96.20.40']);
  });

  test('+header-only: a message without a question is malformed', async () => {
    await check('dig', ['+header-only +noedns', { status: 'FORMERR', answers: 0 }]);
  });

  test('+opcode=15: not implemented', async () => expect((await ask('dig', ['+opcode=15', web])).status).toBe('NOTIMP'));
});

describe.skipIf(!isInstalled('kdig'))('kdig', () => {
  // By default kdig queries without EDNS.
  const withEdns = rows.map(([args, expected]): Row => [args.includes('noedns') ? args : `+edns ${args}`, expected]);
  test.each(withEdns)('%s', async (...row) => {
    await check('kdig', row);
  });

  test('+ednsopt=65001:abcd: ignored', async () => {
    const { text } = await ask('kdig', ['+ednsopt=65001:abcd', web]);
    expect(text).toContain('status: NOERROR');
    expect(text).not.toContain('65001');
  });

  test('+edns=1: BADVERS', async () => expect((await ask('kdig', ['+edns=1', web])).text).toMatch(/ext-rcode: BADVERS/));

  test('+nsid: ignored where none is set', async () => expect((await ask('kdig', ['+nsid', web])).text).not.toContain('NSID'));
});

describe.skipIf(!isInstalled('delv'))('delv', () => {
  test.each([['+noroot'], ['-i']])('%s: the answer, signed by nobody', async (option) => {
    const { stdout } = await run('delv', ['@127.0.0.1', '-p', String(served.port), option, web, 'A']);
    expect(stdout).toMatch(/^web\.shop\.svc\.cluster\.local\.\s+30\s+IN\s+A\s+10\.96\.20\.1$/m);
  });
});
