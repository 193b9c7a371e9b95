import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { fakeTelemetry } from '../../test/fakes/telemetry.ts';
import { countersBlock, countersOver } from '../../src/telemetry/counters.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { load } from '../../src/config/load.ts';
import { readLists, sayFailure } from './lists.ts';
import { explain } from './startup-error.ts';

test('a list that fails within seconds of another, for another reason, is logged too', () => {
  const lines: string[] = [];
  const counters = countersOver(countersBlock());
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: 'info', clock: fakeClock(), counters, version: '1.2.3', destination });
  for (const file of ['a', 'b', 'b']) sayFailure(new Error(`ENOENT: no such file or directory, stat '${file}'`), log);
  expect(lines).toEqual([expect.stringContaining("stat 'a'"), expect.stringContaining("stat 'b'")]);
});

test('at the start, all lists that cannot be read are told at once, each with its option', async () => {
  const loaded = load(['--rpz=/nowhere/a.rpz', '--rpz=/nowhere/b.rpz', '--blocklist=/nowhere/ads'], {}, () => '');
  if ('errors' in loaded) throw new Error(loaded.errors[0]?.message);
  const error = await readLists(loaded.options, fakeTelemetry().log, new AbortController().signal).catch((thrown: unknown) => thrown);
  expect((error as AggregateError).errors.map((one: unknown) => explain(one, loaded.options))).toEqual([
    '--rpz: cannot read /nowhere/a.rpz: there is no such file; give the path of one',
    '--rpz: cannot read /nowhere/b.rpz: there is no such file; give the path of one',
    '--blocklist: cannot read /nowhere/ads: there is no such file; give the path of one',
  ]);
});
