import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import type { HostsEntry } from '../upstream/hosts.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { formatAddress } from '../wire/address.ts';
import { Rcode } from '../wire/iana.ts';
import { nameToText, readName, type Name } from '../wire/name.ts';
import type { Handler } from './handler.ts';
import { hosts } from './hosts.ts';

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

const passed = emptyAnswer(Rcode.REFUSED, Source.server);

function stageOf(...texts: string[]) {
  const clock = fakeClock();
  const warnings: string[] = [];
  const paths = texts.map((text, index) => {
    const path = join(folder, `hosts${index}`);
    writeFileSync(path, text);
    return path;
  });
  const log = { info: () => undefined, warn: (text: string) => warnings.push(text) };
  const handler = hosts(paths, { clock, log, signal: end.signal })(() => passed);
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

test('each reading is told of, with the records that the file gives', async () => {
  const clock = fakeClock();
  const path = join(folder, 'hosts');
  writeFileSync(path, file);
  const read: unknown[] = [];
  const log = { info: () => undefined, warn: () => undefined };
  hosts([path], { clock, log, signal: end.signal, observer: { read: (...what) => read.push(what) } });
  expect(read).toEqual([[path, 10]]);
  await settled(clock);
  writeFileSync(path, '10.0.0.1 a.test\nnonsense');
  await settled(clock);
  expect(read).toEqual([
    [path, 10],
    [path, 2],
  ]);
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

test('a stage made anew while a file cannot be read begins with what was read before', () => {
  const path = join(folder, 'hosts');
  writeFileSync(path, '192.0.2.7 db.corp.test');
  const known = new Map<string, readonly HostsEntry[]>();
  const log = { info: () => undefined, warn: () => undefined };
  const make = (paths: string[]): Handler => hosts(paths, { clock: fakeClock(), log, signal: end.signal, known })(() => passed);
  make([path]);
  rmSync(path);
  expect(ask(make([path]), 'db.corp.test', 'A')).toEqual(['192.0.2.7']);
  writeFileSync(join(folder, 'other'), '');
  expect(ask(make([join(folder, 'other')]), 'db.corp.test', 'A')).toBeUndefined();
});

test('names that only the cluster is asked for are told', () => {
  const path = join(folder, 'hosts');
  writeFileSync(path, '10.0.0.5 registry.default.svc.cluster.local db.corp.test\n10.0.0.6 registry.default.svc.cluster.local');
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (text: string) => warnings.push(text) };
  const isOurs = (name: Name): boolean => nameToText(name).endsWith('cluster.local.');
  hosts([path], { clock: fakeClock(), log, signal: end.signal, isOurs });
  expect(warnings).toEqual([
    `hosts ${path}: registry.default.svc.cluster.local. is in the cluster's zone, where only the cluster is asked`,
  ]);
});
