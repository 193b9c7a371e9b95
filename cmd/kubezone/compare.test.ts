import { createSocket } from 'node:dgram';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startProgram, type Program } from '../../test/programs/kubezone.ts';
import { load } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { run } from './compare.ts';
import { compareReplies, readReply, type Comparison, type Difference, type Reply } from './comparison.ts';
import { questionsFromText, type PlainQuestion } from './questions.ts';

const question = { name: 'web.shop.', type: 'A', message: new Uint8Array() };
const said = (rcode: string, answers: Readonly<Record<string, number>> = {}): Reply => ({ rcode, answers });
const one = { 'web.shop. A 10.0.0.1': 30 };

test.each<[string, Reply, Reply, number, Difference['kind'] | undefined]>([
  ['the same', said('NOERROR', one), said('NOERROR', one), 0, undefined],
  ['another RCODE', said('NOERROR'), said('NXDOMAIN'), 0, 'answer'],
  ['another address', said('NOERROR', one), said('NOERROR', { 'web.shop. A 10.0.0.2': 30 }), 0, 'answer'],
  ['one record more', said('NOERROR', one), said('NOERROR', { ...one, 'web.shop. A 10.0.0.2': 30 }), 0, 'answer'],
  ['another TTL', said('NOERROR', one), said('NOERROR', { 'web.shop. A 10.0.0.1': 29 }), 0, 'ttl'],
  ['another TTL within what is allowed', said('NOERROR', one), said('NOERROR', { 'web.shop. A 10.0.0.1': 25 }), 5, undefined],
  ['only one answered', said('NOERROR', one), { failure: 'no reply' }, 0, 'answer'],
  ['none answered', { failure: 'refused' }, { failure: 'no reply' }, 0, 'unanswered'],
])('%s', (_, ours, theirs, tolerance, kind) => {
  expect(compareReplies(question, ours, theirs, tolerance)?.kind).toBe(kind);
});

test.each([
  [3, 0, 'NXDOMAIN'],
  [0, 1, 'BADVERS'],
  [0, 0, 'NOERROR'],
])('a reply with RCODE %i in its header and %i in its OPT record is %s', (header, extended, rcode) => {
  const [asked] = questionsFromText('web.shop') as readonly [PlainQuestion];
  const message = Uint8Array.from(asked.message);
  message[3] = header;
  // The OPT record's TTL begins 6 octets before the end of the message.
  message[message.length - 6] = extended;
  expect(readReply(message, asked)).toEqual({ rcode, answers: {} });
});

describe('questions of a file', () => {
  test('are lines of a name and a type; comments and empty lines are passed over', () => {
    const questions = questionsFromText('web.shop.svc.cluster.local\n\n# not this\nexample.com. MX ; nor this\n_dns._udp.x SRV\n');
    expect((questions as readonly { name: string; type: string }[]).map(({ name, type }) => `${name} ${type}`)).toEqual([
      'web.shop.svc.cluster.local. A',
      'example.com. MX',
      '_dns._udp.x. SRV',
    ]);
  });

  test('are refused with every wrong line at once', () => {
    expect(questionsFromText('a A\nb NOPE\nc..d\ne A extra')).toEqual({
      errors: [
        '2: "NOPE" is no record type; a line is NAME [TYPE], such as web.shop.svc.cluster.local SRV',
        '3: "c..d" is no domain name; a line is NAME [TYPE], such as web.shop.svc.cluster.local SRV',
        '4: "extra" is too much; a line is NAME [TYPE], such as web.shop.svc.cluster.local SRV',
      ],
    });
  });
});

describe('two servers', () => {
  const example = fileURLToPath(new URL('../../deploy/example/', import.meta.url));
  let folder: string;
  let same: Program;
  let altered: Program;
  const start = (manifests: string, ...args: string[]): Promise<Program> =>
    startProgram(['--manifests', manifests, '--lameduck', '0s', '--upstream', '127.0.0.1:9', ...args]);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubezone-compare-'));
    for (const file of ['cluster.yaml', 'data.yaml', 'namespaces.yaml', 'shop.yaml']) {
      const text = await readFile(join(example, file), 'utf8');
      await writeFile(join(folder, file), text.replaceAll(/port: 5432\b/g, 'port: 5433'));
    }
    [same, altered] = await Promise.all([start(example), start(folder)]);
    for (const { admin } of [same, altered])
      await vi.waitFor(async () => expect((await fetch(`${admin}/readyz`)).status).toBe(200), 15_000);
  }, 30_000);
  afterAll(async () => {
    await Promise.all([same, altered].map((program) => program.stop('SIGKILL')));
    await rm(folder, { recursive: true });
  });

  async function compared(...args: string[]): Promise<{ code: number; printed: string; complained: string }> {
    const loaded = load(['--manifests', example, ...args], {}, () => '');
    if ('errors' in loaded) throw new Error(JSON.stringify(loaded.errors));
    let [printed, complained] = ['', ''];
    const context = {
      signal: new AbortController().signal,
      positionals: loaded.positionals,
      print: (text: string) => void (printed += text),
      complain: (line: string) => void (complained += `${line}\n`),
      loadAgain: () => loaded,
    };
    return { code: await run(loaded.options, context), printed, complained };
  }

  test('that serve the same agree on every name of the zones', async () => {
    const { code, printed } = await compared('--server', `127.0.0.1:${same.port}`, '--with', `127.0.0.1:${same.port}`);
    expect(printed).toMatch(/^\d\d+ questions, all answered alike\n$/);
    expect(code).toBe(0);
  });

  test('of which one has another port differ in its SRV records and nothing else', async () => {
    const { code, printed } = await compared('--json', '--server', `127.0.0.1:${same.port}`, '--with', `127.0.0.1:${altered.port}`);
    const { differences } = JSON.parse(printed) as Comparison;
    expect(code).toBe(1);
    expect(differences.length).toBeGreaterThan(0);
    for (const { type, kind, ours, theirs } of differences) {
      expect([type, kind]).toEqual(['SRV', 'answer']);
      expect(JSON.stringify(theirs).replaceAll('5433', '5432')).toBe(JSON.stringify(ours));
    }
  });

  test('are compared by the questions of a file, and shown as text', async () => {
    const file = join(folder, 'questions.txt');
    await writeFile(
      file,
      'web.shop.svc.cluster.local\n_postgres._tcp.postgres.data.svc.cluster.local SRV\nnothing.shop.svc.cluster.local\n',
    );
    const { code, printed } = await compared('--file', file, '--server', `127.0.0.1:${same.port}`, '--with', `127.0.0.1:${altered.port}`);
    expect(code).toBe(1);
    expect(printed).toMatch(
      /^_postgres\._tcp\.postgres\.data\.svc\.cluster\.local\. SRV\n {2}udp:\/\/127\.0\.0\.1:\d+: NOERROR, \d records?\n/,
    );
    expect(printed).toMatch(/\n {2}- .* SRV 0 \d+ 5432 .*\n(.*\n)* {2}\+ .* SRV 0 \d+ 5433 /);
    expect(printed).toMatch(/\n3 questions, 1 answered otherwise \(1 SRV\)\n$/);
  });

  test('of which one does not answer are not compared further', async () => {
    const { code, complained } = await compared('--server', `127.0.0.1:${same.port}`, '--with', '127.0.0.1:9');
    expect([code, complained]).toEqual([1, expect.stringMatching(/^kubezone: udp:\/\/127\.0\.0\.1:9 does not answer: /)]);
  });

  test('are compared by all other questions, where the first has no answer', async () => {
    // A response that cannot be read is as good as none, and comes at once.
    const broken = createSocket('udp4').on('message', (query, from) => {
      query[2]! |= 0x80;
      const isFirst = query.includes('first');
      broken.send(isFirst ? query.subarray(0, -1) : query, from.port, from.address);
    });
    await new Promise<void>((resolve) => broken.bind(0, '127.0.0.1', resolve));
    const [file, url] = [join(folder, 'first.txt'), `127.0.0.1:${broken.address().port}`];
    await writeFile(file, 'first.example\nsecond.example\n');
    const both = ['--file', file, '--server', url, '--with', url];
    const { code, printed } = await compared(...both);
    const { differences, unanswered } = JSON.parse((await compared('--json', ...both)).printed) as Comparison;
    broken.close();
    expect(code).toBe(0);
    expect(printed).toMatch(
      /^first\.example\. A\n( {2}udp:.*: a response of .*\n){2}\n2 questions, 1 answered by neither, all others alike\n$/,
    );
    expect([differences, unanswered.map(({ name }) => name)]).toEqual([[], ['first.example.']]);
  });

  test('are not alike by a file without questions, nor when the listing was broken off', async () => {
    const file = join(folder, 'empty.txt');
    await writeFile(file, '# none\n');
    const { code, printed, complained } = await compared('--file', file, '--with', '127.0.0.1:9');
    expect([code, printed, complained]).toEqual([64, '', expect.stringContaining('empty.txt: there is no question in it; a line is')]);
    const loaded = load(['--manifests', example, '--with', '127.0.0.1:9'], {}, () => '');
    const never = { signal: AbortSignal.abort('SIGINT'), positionals: [], print: expect.unreachable, complain: expect.unreachable };
    await expect(run((loaded as { options: Options }).options, { ...never, loadAgain: () => loaded })).rejects.toBe('SIGINT');
  });

  test('are compared in a zone that is served', async () => {
    const { code, complained } = await compared('corp.example', '--with', `127.0.0.1:${same.port}`);
    expect([code, complained]).toEqual([
      64,
      'kubezone: zone corp.example is not served; the zones are cluster.local., in-addr.arpa., ip6.arpa.\n',
    ]);
  });

  test('need to be two', async () => {
    expect(await compared()).toMatchObject({
      code: 64,
      complained: 'kubezone: --with is missing; name the other nameserver, such as --with 10.96.0.10\n',
    });
  });
});
