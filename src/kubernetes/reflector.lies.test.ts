import { describe, expect, test } from 'vitest';
import type { Lie } from '../../test/fakes/api-server/lies.ts';
import type { FakeApiServer } from '../../test/fakes/api-server/server.ts';
import { aService, changeAll, reflectors, type ReflectingOptions } from '../../test/fakes/reflecting.ts';

const { start } = reflectors();

interface Scenario {
  readonly lies: readonly Lie[];
  /** Called once after the changes, to wake what the lies left waiting. */
  readonly after?: (server: FakeApiServer) => void;
  readonly options?: ReflectingOptions;
  /** Fake time per step, ms. */
  readonly step?: number;
  /** What the observer must have been called with. */
  readonly says: readonly string[];
}

/** After each scenario the server is honest again, except for what the lie leaves behind. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'restart: every connection closed': { lies: [{ kind: 'restart' }], says: ['failed cut'] },
  'reset in the middle of an event': { lies: [{ kind: 'reset', times: 3 }], says: ['failed cut'] },
  'stall: the watch says nothing more': { lies: [{ kind: 'stall' }], step: 10_000, says: ['failed idle'] },
  'half-open: nor are new requests answered': { lies: [{ kind: 'half-open' }], step: 10_000, says: ['failed idle'] },
  'gap: changes are left out': {
    lies: [{ kind: 'gap', times: 3 }],
    options: { watchIdleLimit: 1e12 },
    step: 60_000,
    says: ['failed audit', 'listing audit'],
  },
  'repeat: changes come again': { lies: [{ kind: 'repeat', times: 9 }], says: ['passed over'] },
  'reorder: changes change places': { lies: [{ kind: 'reorder' }], says: [] },
  'garbage: a line that is not JSON': { lies: [{ kind: 'garbage', times: 1 }], says: ['failed malformed'] },
  'garbage, and again': { lies: [{ kind: 'garbage', times: 4 }], step: 1_000, says: ['failed malformed', 'listing failing'] },
  '410 over HTTP, five in a row': {
    lies: [{ kind: 'gone', times: 5, how: 'http' }, { kind: 'restart' }],
    says: ['failed expired', 'listing expired'],
  },
  '410 as an event, five in a row': {
    lies: [{ kind: 'gone', times: 5, how: 'event' }, { kind: 'restart' }],
    says: ['failed expired', 'listing expired'],
  },
  '429 with Retry-After: no list': {
    lies: [{ kind: 'status', code: 429, times: 2, retryAfter: 3 }, { kind: 'restart' }],
    says: ['failed busy'],
  },
  '500': { lies: [{ kind: 'status', code: 500, times: 2 }, { kind: 'restart' }], says: ['failed server'] },
  '500 again and again: a list': {
    lies: [{ kind: 'status', code: 500, times: 7 }, { kind: 'restart' }],
    says: ['failed server', 'listing failing'],
  },
  '503': { lies: [{ kind: 'status', code: 503, times: 2 }, { kind: 'restart' }], says: ['failed server'] },
  '504': { lies: [{ kind: 'status', code: 504, times: 2 }, { kind: 'restart' }], says: ['failed server'] },
  'watches end at once': { lies: [{ kind: 'brief', times: 4 }, { kind: 'restart' }], says: ['failed brief'] },
  'a list of nothing': {
    lies: [{ kind: 'gone', times: 1, how: 'http' }, { kind: 'empty', times: 1 }, { kind: 'restart' }],
    says: ['failed suspect', 'listing suspect'],
  },
  'a list of a third': {
    lies: [{ kind: 'gone', times: 1, how: 'event' }, { kind: 'shrunken', times: 1 }, { kind: 'restart' }],
    says: ['failed suspect', 'listing suspect'],
  },
  'a list cut in the middle': {
    lies: [{ kind: 'no-streaming' }, { kind: 'gone', times: 1, how: 'http' }, { kind: 'reset-list', times: 2 }, { kind: 'restart' }],
    says: ['failed cut', 'listed pages'],
  },
  'slow lists': {
    lies: [{ kind: 'no-streaming' }, { kind: 'slow', ms: 100 }, { kind: 'gone', times: 1, how: 'http' }, { kind: 'restart' }],
    says: ['listed pages'],
  },
};

describe('whatever the server does, the sink ends equal to the truth and was never emptied', () => {
  test.each(Object.entries(SCENARIOS))('%s', async (_name, { lies, options = {}, step, says }) => {
    const { server, sink, told, settled, drive } = await start(25, { auditInterval: 1_800_000, ...options });
    for (const lie of lies) server.lie(lie);
    changeAll(server);
    if (lies.some(({ kind }) => kind === 'stall' || kind === 'half-open')) server.honest();
    for (const told_ of says) await drive(() => told.includes(told_), step);
    server.put(aService(5, 1));
    await settled(step);
    expect(sink.fewest).toBeGreaterThanOrEqual(23);
  });
});
