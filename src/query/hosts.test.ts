import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { until } from '../../test/fakes/until.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { formatAddress } from '../wire/address.ts';
import { Rcode } from '../wire/iana.ts';
import { nameToText, readName, type Name } from '../wire/name.ts';
import type { Handler } from './handler.ts';
import { HostsFiles, type HostsParts } from './hosts.ts';

let folder: string;
let end: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubezone-hosts-'));
  end = new AbortController();
});
afterEach(() => {
  end.abort();
  rmSync(folder, { recursive: true });
});

const quiet = { info: () => undefined, warn: () => undefined };
const passed = emptyAnswer(Rcode.REFUSED, Source.server);

function filesOf(parts: Omit<HostsParts, 'signal'>, paths: readonly string[]): HostsFiles {
  const files = new HostsFiles({ ...parts, signal: end.signal });
  files.use(paths, true);
  return files;
}

function stageOf(...texts: string[]) {
  const clock = fakeClock();
  const warnings: string[] = [];
  const paths = texts.map((text, index) => {
    const path = join(folder, `hosts${index}`);
    writeFileSync(path, text);
    return path;
  });
  const log = { info: () => undefined, warn: (text: string) => warnings.push(text) };
  const handler = filesOf({ clock, log }, paths).stage(() => passed);
  return { clock, warnings, paths, handler };
}

/** Returns the addresses or names of the answer; undefined: the next stage was asked. */
function ask(handler: Handler, name: string, type: string): string[] | undefined {
  const answer = handler(asked(name, type)) as Answer;
  if (answer === passed) return undefined;
  expect(answer).toMatchObject({ rcode: Rcode.NOERROR, authoritative: true, source: Source.hosts });
  return Array.from(answer.ends, (recordEnd, index) => {
    const start = index === 0 ? 0 : answer.ends[index - 1]!;
    const rdata = answer.body.subarray(start + 12, recordEnd);
    return type === 'PTR' ? nameToText(readName(rdata, 0)!.name) : formatAddress(rdata);
  });
}

const file = `
127.0.0.1  localhost   # the usual
10.1.2.3   db.example.test DB   backup.example.test
10.1.2.4   db.example.test
2001:db8::7\tdb.example.test.
`;

describe('what a file says', () => {
  const cases: readonly [name: string, type: string, said: string[] | undefined][] = [
    ['db.example.test', 'A', ['10.1.2.3', '10.1.2.4']],
    ['DB.EXAMPLE.TEST', 'AAAA', ['2001:db8::7']],
    ['db', 'A', ['10.1.2.3']],
    ['backup.example.test', 'A', ['10.1.2.3']],
    ['backup.example.test', 'AAAA', []],
    ['db.example.test', 'MX', []],
    ['3.2.1.10.in-addr.arpa', 'PTR', ['db.example.test.']],
    ['7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa', 'PTR', ['db.example.test.']],
    ['5.2.1.10.in-addr.arpa', 'PTR', undefined],
    ['www.db.example.test', 'A', undefined],
    ['example.test', 'A', undefined],
  ];
  test.each(cases)('%s %s', (name, type, said) => {
    expect(ask(stageOf(file).handler, name, type)).toEqual(said);
  });
});

describe('wildcards, as in CoreDNS 1.14', () => {
  const wild = '10.0.0.1 *.wild.test\n10.0.0.2 a.wild.test\n2001:db8::1 *.wild.test six.test\n10.0.0.3 *.';
  const cases: readonly [name: string, type: string, said: string[] | undefined][] = [
    ['x.wild.test', 'A', ['10.0.0.1']],
    ['Y.Wild.test', 'AAAA', ['2001:db8::1']],
    ['*.wild.test', 'A', ['10.0.0.1']],
    ['x.wild.test', 'TXT', []],
    // RFC 4592: not for a name that exists.
    ['a.wild.test', 'AAAA', []],
    ['a.wild.test', 'A', ['10.0.0.2']],
    ['wild.test', 'A', undefined],
    ['x.y.wild.test', 'A', undefined],
    ['single', 'A', ['10.0.0.3']],
    ['.', 'A', undefined],
    ['1.0.0.10.in-addr.arpa', 'PTR', undefined],
    ['1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa', 'PTR', ['six.test.']],
  ];
  test.each(cases)('%s %s', (name, type, said) => {
    expect(ask(stageOf(wild).handler, name, type)).toEqual(said);
  });
});

test('each reading is told of, with the records that the file gives', async () => {
  const clock = fakeClock();
  const path = join(folder, 'hosts');
  writeFileSync(path, file);
  const read: unknown[] = [];
  filesOf({ clock, log: quiet, observer: { replaced: () => read.push('replaced'), read: (...what) => read.push(what) } }, [path]);
  expect(read).toEqual(['replaced', [path, 10]]);
  await settled(clock);
  writeFileSync(path, '10.0.0.1 a.test\nnonsense');
  await settled(clock);
  expect(read).toEqual(['replaced', [path, 10], [path, 2]]);
  writeFileSync(path, '10.0.0.1 *.a.test');
  await settled(clock);
  expect(read.at(-1)).toEqual([path, 1]);
});

test('several files add up, each record once', () => {
  const { handler } = stageOf('10.0.0.1 a.test', '10.0.0.2 a.test\n10.0.0.1 a.test');
  expect(ask(handler, 'a.test', 'A')).toEqual(['10.0.0.1', '10.0.0.2']);
});

test('bad lines are said and left out, the others kept', () => {
  const { handler, warnings, paths } = stageOf('10.0.0.999 a.test\nfe80::1%lo0 b.test\n10.0.0.1\n10.0.0.2 ..bad good.test');
  expect(ask(handler, 'good.test', 'A')).toEqual(['10.0.0.2']);
  expect(warnings).toEqual([
    `hosts ${paths[0]!} line 1: 10.0.0.999 is no IP address`,
    `hosts ${paths[0]!} line 2: fe80::1%lo0 is no IP address without a zone index`,
    `hosts ${paths[0]!} line 3: 10.0.0.1 has no name`,
    `hosts ${paths[0]!} line 4: ..bad is no name`,
  ]);
});

test('of very many bad lines the first are said, and how many more there are', () => {
  const { warnings } = stageOf(Array.from({ length: 5000 }, (_, index) => `ads${index}.example`).join('\n'));
  expect(warnings).toHaveLength(11);
  expect(warnings.at(-1)).toMatch(/and 4990 more lines or names like these$/);
});

test('a changed file is read again; a vanished one stays as it was, and is said once', async () => {
  const { handler, clock, paths, warnings } = stageOf('10.0.0.1 a.test');
  writeFileSync(paths[0]!, '10.0.0.2 a.test');
  await settled(clock);
  expect(ask(handler, 'a.test', 'A')).toEqual(['10.0.0.2']);
  rmSync(paths[0]!);
  await settled(clock);
  await settled(clock);
  expect(ask(handler, 'a.test', 'A')).toEqual(['10.0.0.2']);
  expect(warnings).toEqual([expect.stringContaining('ENOENT')]);
  writeFileSync(paths[0]!, '10.0.0.3 a.test');
  await settled(clock);
  expect(ask(handler, 'a.test', 'A')).toEqual(['10.0.0.3']);
});

test('a file that is missing at the start may come', async () => {
  const { handler, clock, paths } = stageOf('');
  rmSync(paths[0]!);
  writeFileSync(paths[0]!, '10.0.0.1 a.test');
  await settled(clock);
  expect(ask(handler, 'a.test', 'A')).toEqual(['10.0.0.1']);
});

/** Advances the clock until the follower has read the files and waits again. */
async function settled(clock: ReturnType<typeof fakeClock>): Promise<void> {
  for (const ms of [5000, 500]) {
    await clock.advance(ms);
    while (clock.waiting === 0) await new Promise(setImmediate);
  }
}

describe('other files in place of those before', () => {
  test('are answered from once they are read, and until then those before', async () => {
    const clock = fakeClock();
    const [first, second] = ['first', 'second'].map((file) => join(folder, file)) as [string, string];
    writeFileSync(first, '192.0.2.1 a.test');
    writeFileSync(second, '192.0.2.2 a.test');
    const files = filesOf({ clock, log: quiet }, [first]);
    const handler = files.stage(() => passed);
    files.use([second], false);
    expect(ask(handler, 'a.test', 'A')).toEqual(['192.0.2.1']);
    await until(() => ask(handler, 'a.test', 'A')![0] === '192.0.2.2');
    files.use([first, second], false);
    await until(() => ask(handler, 'a.test', 'A')!.length === 2);
    // Only the last of several changes counts.
    for (const paths of [[first], [second], []]) files.use(paths, false);
    await until(() => ask(handler, 'a.test', 'A') === undefined);
  });

  test('a file that cannot be read at that moment stays as it was read before', async () => {
    const [path, other] = ['hosts', 'other'].map((file) => join(folder, file)) as [string, string];
    writeFileSync(path, '192.0.2.7 db.corp.test');
    writeFileSync(other, '192.0.2.8 other.test');
    const files = filesOf({ clock: fakeClock(), log: quiet }, [path]);
    const handler = files.stage(() => passed);
    rmSync(path);
    files.use([path, other], false);
    await until(() => ask(handler, 'other.test', 'A') !== undefined);
    expect(ask(handler, 'db.corp.test', 'A')).toEqual(['192.0.2.7']);
    files.use([other], false);
    await until(() => ask(handler, 'db.corp.test', 'A') === undefined);
  });
});

test('while a large file is read again, the event loop turns often, and answers are those of before', async () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `10.0.${index >> 8}.${index & 255} n${index}.test`);
  const { handler, clock, paths } = stageOf([...many, '10.0.0.1 a.test'].join('\n'));
  writeFileSync(paths[0]!, [...many, '10.0.0.2 a.test'].join('\n'));
  // The fake clock stands still, so that the first part of the work would be all of it.
  vi.spyOn(clock, 'monotonic').mockImplementation(() => performance.now());
  await settled(clock);
  let turns = 0;
  while (ask(handler, 'a.test', 'A')![0] === '10.0.0.1') {
    await new Promise(setImmediate);
    turns++;
  }
  expect(ask(handler, 'a.test', 'A')).toEqual(['10.0.0.2']);
  expect(turns).toBeGreaterThan(5);
});

test.each([
  [['registry', 'registry'], 'registry.cluster.local. is'],
  [['a', 'b', 'c'], 'a.cluster.local., b.cluster.local., c.cluster.local. are'],
  [['a', 'b', 'c', 'd', 'e'], 'a.cluster.local., b.cluster.local., c.cluster.local. and 2 more are'],
])('names that only the cluster is asked for are told: %j', (labels, told) => {
  const path = join(folder, 'hosts');
  writeFileSync(path, labels.map((label) => `10.0.0.5 ${label}.cluster.local db.corp.test\n`).join(''));
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (text: string) => warnings.push(text) };
  const isOurs = (name: Name): boolean => nameToText(name).endsWith('cluster.local.');
  filesOf({ clock: fakeClock(), log, isOurs }, [path]);
  expect(warnings).toEqual([`hosts ${path}: ${told} in the cluster's zone, where only the cluster is asked`]);
});
