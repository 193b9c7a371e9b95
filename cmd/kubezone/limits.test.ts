/** Each limit is that of its own option. */
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { load } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { MAX_WAITING } from '../../src/query/cache/options.ts';
import { Congestion } from '../../src/query/client-limit/congestion.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { clientRateOf, rateLimitsOf, waitingShareOf } from './limits.ts';

function optionsOf(argv: readonly string[]): Options {
  const loaded = load(argv, {}, () => '');
  if ('errors' in loaded) throw new Error(loaded.errors.map(({ message }) => message).join('\n'));
  return loaded.options;
}

const ofClients = ['--client-rate=10', '--client-burst=11', '--client-over-rate=drop', '--client-max-pending=12'];
const options = optionsOf([
  ...['--rate-limit=1', '--rate-limit-nxdomains=2', '--rate-limit-errors=3', '--rate-limit-all=4', '--rate-limit-window=5'],
  ...['--rate-limit-slip=6', '--rate-limit-ipv4-prefix=7', '--rate-limit-ipv6-prefix=8', '--rate-limit-table=2048'],
  ...['--rate-limit-exempt=192.0.2.0/24', '--rate-limit-log-only', '--pods=insecure', '--cluster-domain=k.test', ...ofClients],
]);

test('answers to a network', () => {
  expect(rateLimitsOf(options)).toEqual({
    ...{ responses: 1, nxdomains: 2, errors: 3, all: 4, window: 5, slip: 6, ipv4Prefix: 7, ipv6Prefix: 8, table: 2048 },
    ...{ exempt: ['192.0.2.0/24'], wildcards: [nameFromText('pod.k.test')], logOnly: true },
  });
  // Only there are the names of pods made from those that are asked for.
  expect(rateLimitsOf(optionsOf(['--pods=verified']))).toMatchObject({ wildcards: [], logOnly: false });
});

test('queries of a client, which is one address', () => {
  expect(clientRateOf(options)).toEqual({
    ...{ rate: 10, burst: 11, action: 'drop', ipv4Prefix: 32, ipv6Prefix: 128, exempt: ['192.0.2.0/24'], table: 2048 },
  });
});

test('questions of a client that wait, by the options of then', () => {
  const congestion = new Congestion(systemClock);
  let current = options;
  const share = waitingShareOf(() => current, congestion);
  expect({ ...share }).toEqual({ places: MAX_WAITING, perClient: 12, isSilent: false });
  current = optionsOf(['--client-max-pending=13']);
  expect(share.perClient).toBe(13);
  congestion.backlog(0, true);
  for (let i = 0; i < 1000; i++) congestion.read(true);
  expect([congestion.isHopeless, share.isSilent]).toEqual([true, true]);
});
