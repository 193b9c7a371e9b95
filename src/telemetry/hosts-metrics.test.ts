import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { fakeTelemetry, nonZero } from '../../test/fakes/telemetry.ts';
import { hostsObserver } from './hosts-metrics.ts';

test('files by their records, under both names; those that the options no longer name have none', async () => {
  const { counters, slots, metrics } = fakeTelemetry();
  const clock = fakeClock();
  const read = clock.now() / 1000;
  const observer = hostsObserver(counters, slots, clock);
  observer.read('/a', 3);
  observer.read('/b', 4);
  observer.read('/a', 5);
  expect((await nonZero(metrics)).toSorted()).toEqual(
    [
      'coredns_hosts_entries{hostsfile="/a"} 5',
      'coredns_hosts_entries{hostsfile="/b"} 4',
      `coredns_hosts_reload_timestamp_seconds ${read}`,
      'kubezone_hosts_records{file="/a"} 5',
      'kubezone_hosts_records{file="/b"} 4',
      `kubezone_hosts_read_timestamp_seconds ${read}`,
    ].toSorted(),
  );
  observer.replaced();
  observer.read('/b', 6);
  expect(await nonZero(metrics)).toEqual(expect.not.arrayContaining([expect.stringContaining('"/a"')]));
  expect(await nonZero(metrics)).toContain('kubezone_hosts_records{file="/b"} 6');
});
