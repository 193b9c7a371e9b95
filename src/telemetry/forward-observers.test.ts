/** What is shown of several upstreams; of what one reports, observers.test.ts says more. */
import { expect, test } from 'vitest';
import { fakeTelemetry, nonZero } from '../../test/fakes/telemetry.ts';
import { upstreamObserver } from './forward-observers.ts';

const urls = ['udp://192.0.2.1:53', 'udp://192.0.2.2:53'] as const;

test('that none is up is counted when the last goes down, and a time that one goes down once', async () => {
  const { counters, slots, metrics } = fakeTelemetry();
  const observer = upstreamObserver(counters, slots);
  for (const [upstream, url] of urls.entries()) observer.added(upstream, url);
  const noneUp = async (): Promise<boolean> => (await nonZero(metrics)).includes('kubezone_upstream_none_up_total 1');
  observer.changed(0, 'down');
  expect(await noneUp()).toBe(false);
  observer.changed(1, 'down');
  observer.changed(1, 'down');
  expect(await noneUp()).toBe(true);
  expect(await nonZero(metrics)).toEqual(expect.arrayContaining(urls.map((url) => `kubezone_upstream_downs_total{upstream="${url}"} 1`)));
});

test('one that the options no longer name has neither a state nor a round-trip time', async () => {
  const { counters, slots, metrics } = fakeTelemetry();
  const observer = upstreamObserver(counters, slots);
  for (const [upstream, url] of urls.entries()) {
    observer.added(upstream, url);
    observer.answered(upstream, 0, 3, 2.5);
  }
  observer.removed(0);
  const gauges = (await nonZero(metrics)).filter((line) => /_(round_trip_seconds|state)\{/.test(line));
  expect(gauges.toSorted()).toEqual([
    `kubezone_upstream_round_trip_seconds{upstream="${urls[1]}"} 0.0025`,
    `kubezone_upstream_state{upstream="${urls[1]}",state="up"} 1`,
  ]);
});
