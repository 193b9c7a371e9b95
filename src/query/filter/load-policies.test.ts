import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { asked } from '../../../test/fakes/asked.ts';
import type { Clock } from '../../clock.ts';
import { emptyAnswer, Source } from '../../wire/answer.ts';
import { Rcode } from '../../wire/iana.ts';
import { Action } from './action.ts';
import { Filter } from './filter.ts';
import { followPolicies, stampsOf } from './follow-policies.ts';
import { loadPolicies, type LoadedPolicies } from './load-policies.ts';

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'policies-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (path: string, text: string): string => {
    writeFileSync(join(folder, path), text);
    return join(folder, path);
  };
  const rcode = async (loaded: LoadedPolicies, text: string): Promise<number | undefined> => {
    const filter = new Filter();
    filter.use(loaded.data);
    return (await filter.stage()(() => emptyAnswer(Rcode.NOERROR, Source.forward))(asked(text)))?.rcode;
  };

  test('a folder is its files; lines that are no rules are counted, the first few told', async () => {
    mkdirSync(join(folder, 'map', '..data'), { recursive: true });
    write('map/a.txt', 'ads.example\r\n' + 'no rule\n'.repeat(10) + 'last.example');
    write('map/b.txt', '\ufeff0.0.0.0 b.example\n');
    write('map/.hidden', 'hidden.example\n');
    const loaded = await loadPolicies({ rpz: [], blocklists: [join(folder, 'map')], blocklistAction: Action.nxdomain });
    expect(loaded.data.lists.map(({ rules, skipped }) => [rules, skipped])).toEqual([
      [2, 10],
      [1, 0],
    ]);
    expect(loaded.skipped).toHaveLength(5);
    expect(loaded.skipped[0]).toEqual({
      list: join(folder, 'map', 'a.txt'),
      line: 2,
      reason: 'neither one name, nor an address and names',
    });
    for (const text of ['ads.example', 'last.example', 'b.example']) expect(await rcode(loaded, text)).toBe(Rcode.NXDOMAIN);
    expect(await rcode(loaded, 'hidden.example')).toBe(Rcode.NOERROR);
  });

  test('a name that is not ASCII is told as it is written, with what would be right', async () => {
    const blocklists = [write('umlaut.txt', 'bücher.example\n')];
    const { skipped } = await loadPolicies({ rpz: [], blocklists, blocklistAction: Action.nxdomain });
    expect(skipped.map(({ reason }) => reason)).toEqual(['"bücher.example" is no domain name, such as xn--bcher-kva.example']);
  });

  test('a line of more than 64 KiB is skipped whole, and counted', async () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `m${i}.example`);
    const before = '0.0.0.0 first.example\n';
    const path = write('long.txt', `${before}0.0.0.0 ${names.join(' ')}\n0.0.0.0 next.example\n0.0.0.0 ${names.join(' ')}`);
    const loaded = await loadPolicies({ rpz: [], blocklists: [path], blocklistAction: Action.nxdomain });
    expect(loaded.data.lists.map(({ rules, skipped }) => [rules, skipped])).toEqual([[2, 2]]);
    expect(loaded.skipped.map(({ line }) => line)).toEqual([2, 4]);
    for (const text of ['first.example', 'next.example']) expect(await rcode(loaded, text)).toBe(Rcode.NXDOMAIN);
    for (const text of ['m0.example', 'm19999.example']) expect(await rcode(loaded, text)).toBe(Rcode.NOERROR);
  });

  test('a parenthesis that is left open does not take the rest of a file in silence', async () => {
    const rest = 'bad.example CNAME .\n'.repeat(20_000);
    const files = [
      write('open.rpz', `@ SOA a. b. ( 1 1 1 1 1\n${rest}`),
      write('cut.rpz', `@ SOA a. b. 1 1 1 1 1\nx CNAME .\ny TXT ( a\n`),
    ];
    const loaded = await loadPolicies({ rpz: files, blocklists: [], blocklistAction: Action.nxdomain });
    const reason = 'a parenthesis is not closed: what follows is left out';
    expect(loaded.skipped).toEqual([
      { list: files[0], line: 1, reason },
      { list: files[1], line: 3, reason },
    ]);
  });

  test('a file that is not there is an error that names it', async () => {
    await expect(loadPolicies({ rpz: [join(folder, 'none.rpz')], blocklists: [], blocklistAction: Action.nxdomain })).rejects.toThrow(
      'none.rpz',
    );
  });

  test('a changed file is read again; one that cannot be leaves the old table', async () => {
    const path = write('list.rpz', '@ SOA a. b. 1 1 1 1 1\nbad.example CNAME .\n');
    const sources = { rpz: [path], blocklists: [], blocklistAction: Action.nxdomain };
    const stop = new AbortController();
    const happened: string[] = [];
    const looks = [
      (): void => undefined,
      (): void => void write('list.rpz', '@ SOA a. b. 2 1 1 1 1\nbad.example CNAME .\nworse.example CNAME .\n'),
      (): void => rmSync(path),
      (): void => undefined,
      (): void => void write('list.rpz', '@ SOA a. b. 3 1 1 1 1\nanother-one.example CNAME .\n'),
      (): void => stop.abort(),
    ];
    const clock = clockOf(looks);
    const follower = {
      loaded: (loaded: LoadedPolicies): void => void happened.push(`${loaded.data.lists[0]!.rules} rules`),
      failed: (error: unknown): void => void happened.push((error as NodeJS.ErrnoException).code!),
    };
    await followPolicies(sources, { stamps: await stampsOf(sources), lists: [] }, clock, follower, stop.signal);
    expect(happened).toEqual(['2 rules', 'ENOENT', '1 rules']);
  });

  test('a file being written in place is read once it stays as it is, or in the end although it does not', async () => {
    const half = 'a.example\n'.repeat(3);
    const path = write('slow.txt', 'old.example\n');
    const sources = { rpz: [], blocklists: [path], blocklistAction: Action.nxdomain };
    const stop = new AbortController();
    const happened: string[] = [];
    const nothing = (): void => undefined;
    const [first, second, whole] = ['a.example\n', half, `${half}b.example\n`].map((text) => (): void => void write('slow.txt', text));
    let writes = 0;
    const endless = Array.from({ length: 30 }, () => (): void => void write('slow.txt', `x.example\n${'#\n'.repeat(++writes)}`));
    const waits: number[] = [];
    const clock = clockOf([first!, second!, whole!, nothing, nothing, ...endless, (): void => stop.abort()], waits);
    const follower = {
      loaded: (loaded: LoadedPolicies): void => void happened.push(`${loaded.data.lists[0]!.rules} rules`),
      failed: (error: unknown): void => void happened.push((error as Error).message),
    };
    await followPolicies(sources, { stamps: await stampsOf(sources), lists: [] }, clock, follower, stop.signal);
    expect(happened).toEqual(['2 rules', '1 rules']);
    expect(waits.slice(0, 6)).toEqual([5000, 1000, 1000, 1000, 5000, 5000]);
  });

  const page = '<html>\n<head><title>404 Not Found</title></head>\n</html>\n';
  test.each([
    ['list.rpz', 'a web page', page, 'had 1 rules and has none'],
    ['list.rpz', 'nothing', '', 'had 1 rules and has none'],
    ['list.txt', 'a web page', page, 'had 1 rules and has none'],
    ['list.txt', 'nothing', '', 'had 1 rules and has none'],
    ['list.rpz', 'a zone without rules', '@ SOA a. b. 2 1 1 1 1\n', '0 rules'],
    ['list.txt', 'a comment', '# none\n', '0 rules'],
  ])('%s with %s in it: %#', async (path, _, text, expected) => {
    const isZone = path.endsWith('rpz');
    const file = write(path, isZone ? '@ SOA a. b. 1 1 1 1 1\nbad.example CNAME .\n' : 'bad.example\n');
    const sources = { rpz: isZone ? [file] : [], blocklists: isZone ? [] : [file], blocklistAction: Action.nxdomain };
    const stop = new AbortController();
    const happened: string[] = [];
    const clock = clockOf([(): void => void write(path, text), (): void => undefined, (): void => stop.abort()]);
    const follower = {
      loaded: (loaded: LoadedPolicies): void => void happened.push(`${loaded.data.lists[0]!.rules} rules`),
      failed: (error: unknown): void => void happened.push((error as Error).message),
    };
    const { data } = await loadPolicies(sources);
    await followPolicies(sources, { stamps: await stampsOf(sources), lists: data.lists }, clock, follower, stop.signal);
    expect(happened).toEqual([expect.stringContaining(expected)]);
  });
});

/** A clock that runs the next of `looks` at every wait or, without `waits`, at all but those for a file to settle. */
function clockOf(looks: (() => void)[], waits?: number[]): Clock {
  return {
    now: () => 0,
    monotonic: () => 0,
    wait: (ms) => {
      waits?.push(ms);
      if (waits !== undefined || ms === 5000) looks.shift()!();
      return Promise.resolve();
    },
    after: () => ({ cancel: () => undefined }),
  };
}
