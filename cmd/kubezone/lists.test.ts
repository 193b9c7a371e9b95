import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { countersBlock, countersOver } from '../../src/telemetry/counters.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { sayFailure } from './lists.ts';

test('a list that fails within seconds of another, for another reason, is logged too', () => {
  const lines: string[] = [];
  const counters = countersOver(countersBlock());
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: 'info', clock: fakeClock(), counters, version: '1.2.3', destination });
  for (const file of ['a', 'b', 'b']) sayFailure(new Error(`ENOENT: no such file or directory, stat '${file}'`), log);
  expect(lines).toEqual([expect.stringContaining("stat 'a'"), expect.stringContaining("stat 'b'")]);
});
