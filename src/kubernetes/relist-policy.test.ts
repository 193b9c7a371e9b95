import { expect, test } from 'vitest';
import { Failure, type FailureReason } from './failure.ts';
import { relistPolicy, type RelistPolicy } from './relist-policy.ts';

/** Returns the waits, in ms; 'backoff' for those of the backoff. */
function fail(policy: RelistPolicy, ...reasons: FailureReason[]): (number | 'backoff')[] {
  return reasons.map((reason) => {
    const wait = policy.failed(new Failure(reason, reason), policy.byStream);
    return wait === BACKOFF ? 'backoff' : wait;
  });
}
const BACKOFF = 7_777;
const shown = ({ relistCause, byStream, inOnePage, ignoresHeld }: RelistPolicy): string =>
  [
    relistCause ?? 'watch',
    ...(byStream ? ['by stream'] : []),
    ...(inOnePage ? ['in one page'] : []),
    ...(ignoresHeld ? ['ignoring what is held'] : []),
  ].join(', ');

const watching: [failures: FailureReason[], waits: (number | 'backoff')[], then: string][] = [
  [['cut'], ['backoff'], 'watch'],
  [['unreachable', 'unreachable', 'unreachable'], ['backoff', 'backoff', 'backoff'], 'watch'],
  // The server answers that it can never serve this version: waiting gains nothing.
  [['expired'], [0], 'expired, by stream'],
  [['unreachable', 'unreachable', 'forbidden', 'expired'], ['backoff', 'backoff', 'backoff', 0], 'expired, by stream'],
  [['expired', 'expired', 'expired'], [0, 'backoff', 'backoff'], 'expired, by stream, in one page'],
  [['backwards'], [0], 'backwards, by stream, ignoring what is held'],
  [['idle'], ['backoff'], 'watch'],
  [['idle', 'idle'], ['backoff', 'backoff'], 'failing, by stream'],
  [['ahead', 'ahead'], ['backoff', 'backoff'], 'failing, by stream'],
  // Each of them may end with a watch that stands: only the same again and again says that it cannot.
  [['cut', 'cut', 'cut', 'cut', 'server'], Array.from({ length: 5 }, () => 'backoff' as const), 'watch'],
  [['cut', 'idle', 'ahead', 'malformed'], Array.from({ length: 4 }, () => 'backoff' as const), 'watch'],
  [Array.from({ length: 5 }, () => 'server' as const), Array.from({ length: 5 }, () => 'backoff' as const), 'failing, by stream'],
  [['busy', 'busy', 'busy', 'busy', 'busy', 'busy'], Array.from({ length: 6 }, () => 'backoff' as const), 'watch'],
  [['suspect'], [2_000], 'suspect, ignoring what is held'],
];

function policy(random = 0): RelistPolicy {
  let relists = 0;
  return relistPolicy({
    random: () => random,
    backoff: { next: () => BACKOFF, stands: () => undefined },
    relists: { next: () => (relists++ === 0 ? 0 : BACKOFF), stands: () => undefined },
    suspectWait: 2_000,
    streaming: true,
  });
}

test.each(watching)('a watch that failed by %j waits %j, and then: %s', (reasons, waits, then) => {
  const watched = policy();
  watched.listed(true);
  expect(fail(watched, ...reasons)).toEqual(waits);
  expect(shown(watched)).toBe(then);
});

test.each([
  [3, 0, 3_000],
  [3, 1, 4_500],
  [600, 0, 60_000],
])(
  'a server that asks to wait %i s is asked again after so long, a minute at most, and up to half more: %d',
  (retryAfter, random, wait) => {
    const watched = policy(random);
    watched.listed(true);
    expect(watched.failed(new Failure('busy', 'busy', retryAfter), false)).toBe(wait);
  },
);

test('a server that was away and knows no streaming lists is listed by pages at once', () => {
  const starting = policy();
  expect(fail(starting, 'unreachable', 'unreachable', 'rejected')).toEqual(['backoff', 'backoff', 0]);
  expect(shown(starting)).toBe('start');
});

test('a server whose lists are good and whose watches are all 410 is not listed in a tight loop', () => {
  const looping = policy();
  const waits = Array.from({ length: 4 }, () => {
    looping.listed(false);
    return fail(looping, 'expired');
  });
  expect(waits).toEqual([[0], ['backoff'], ['backoff'], ['backoff']]);
});

test('streaming lists are given up where the server has none, not for two errors with a streaming list between them', () => {
  const refused = policy();
  fail(refused, 'rejected');
  refused.listed(false);
  fail(refused, 'expired');
  expect(shown(refused)).toBe('expired');

  const unlucky = policy();
  for (let times = 0; times < 5; times++) {
    fail(unlucky, 'server');
    expect(shown(unlucky)).toMatch(/^\w+$/);
    unlucky.listed(false);
    fail(unlucky, 'expired');
    expect(shown(unlucky)).toBe('expired, by stream');
    unlucky.listed(true);
    fail(unlucky, 'expired');
  }
});

test.each(['server', 'idle'] as const)('nor are they asked for again after two in a row that failed by %s', (reason) => {
  const broken = policy();
  fail(broken, reason);
  broken.listed(false);
  fail(broken, 'expired', reason);
  broken.listed(false);
  fail(broken, 'expired');
  expect(shown(broken)).toBe('expired');
});
