import { describe, expect, it, vi } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { nameTexts, recordTexts, servedCluster } from '../../test/fakes/cluster-zones.ts';
import { namespace, pod, service, slice } from '../../test/fakes/slim.ts';
import { systemClock } from '../clock.ts';
import { nameFromText } from '../wire/name.ts';
import { Publisher } from './publisher.ts';
import type { ClusterUpdate } from './update.ts';

const web = service('a/web', { clusterIPs: ['10.96.0.1'], ports: ['http:80'] });

describe('before the first lists', () => {
  it('nothing is published, until every needed kind has one; then everything is live at once', () => {
    const { publisher, updates, zones } = servedCluster({ needed: ['namespaces', 'services', 'endpointSlices', 'pods'] });
    const { store } = publisher;
    store.services.put(web);
    for (const kind of ['services', 'namespaces', 'endpointSlices'] as const) {
      (store[kind] as { replace(items: never[]): void }).replace([]);
      store.services.put(web);
      publisher.flush();
      expect([publisher.state, zones.forward.state, updates.length]).toEqual(['loading', 'loading', 0]);
    }
    store.pods.replace([]);
    publisher.flush();
    expect(updates).toHaveLength(1);
    expect([publisher.state, zones.forward.state]).toEqual(['live', 'live']);
    expect(recordTexts(zones.forward)).toContain('web.a.svc.cluster.local. A 10.96.0.1');
  });

  it('Pods that may not be listed are waited for no more: their names are unknown, all else is served, until they are listed', () => {
    const { publisher, updates, zones } = servedCluster({ needed: ['services', 'pods'] }, { pods: 'verified' });
    const { store } = publisher;
    const rcodes = (): (number | undefined)[] =>
      ['web.a.svc', '10-0-0-1.a.pod', '10-0-0-9.a.pod', 'a.pod'].map(
        (name) => zones.forward.lookup(nameFromText(`${name}.cluster.local`)!, 1)?.rcode,
      );
    store.services.replace([web]);
    publisher.flush();
    expect([publisher.missing, publisher.state]).toEqual([['pods'], 'loading']);
    store.forbidPods();
    publisher.flush();
    expect([publisher.missing, publisher.state, rcodes()]).toEqual([[], 'live', [0, 2, 2, 0]]);

    const restarted = servedCluster({ needed: ['services', 'pods'], initial: publisher.snapshot() }, { pods: 'verified' });
    expect(restarted.zones.forward.lookup(nameFromText('10-0-0-9.a.pod.cluster.local')!, 1)?.rcode).toBe(2);

    store.pods.replace([pod('a/p', '10.0.0.1')]);
    publisher.flush();
    expect([updates.length, rcodes()]).toEqual([2, [0, 0, undefined, 0]]);
  });

  it('Pods are not known before the last of them is', () => {
    const { publisher, updates } = servedCluster({ needed: ['services', 'pods'] }, { pods: 'verified' });
    publisher.store.services.replace([web]);
    publisher.store.forbidPods();
    publisher.flush();
    publisher.store.pods.replace(Array.from({ length: 4097 }, (_, i) => pod(`a/p-${i}`, `10.1.${i >> 8}.${i & 255}`)));
    publisher.flush();
    expect(updates.map(({ podsUnknown }) => podsUnknown)).toEqual([true, true, undefined]);
  });

  it('that there are no Pods is told too, once they may be listed', () => {
    const turns: (() => void)[] = [];
    const schedule = (run: () => void): void => void turns.push(run);
    const { publisher, zones } = servedCluster({ needed: ['services', 'pods'], schedule }, { pods: 'verified' });
    publisher.store.services.replace([web]);
    publisher.store.forbidPods();
    for (const turn of turns.splice(0)) turn();
    publisher.store.pods.replace([]);
    for (const turn of turns) turn();
    expect(zones.forward.lookup(nameFromText('10-0-0-9.a.pod.cluster.local')!, 1)).toBeUndefined();
  });

  it('an empty cluster is live too', () => {
    const { publisher, updates } = servedCluster();
    publisher.store.services.replace([]);
    publisher.flush();
    expect(updates).toMatchObject([{ state: 'live', services: [], removedServices: [] }]);
  });
});

describe('a change', () => {
  it('that DNS does not show is no update, and moves no serial', () => {
    const { publisher, updates } = servedCluster();
    const { store } = publisher;
    store.services.replace([web, service('a/db')]);
    store.endpointSlices.put(slice('a/db', ['10.0.0.1=x', '10.0.0.2', '!10.0.0.3'], { ports: ['pg:1', 'mon:2'] }));
    publisher.flush();
    expect(publisher.counts).toEqual({ services: 2, addresses: 2, namespaces: 1, pods: 0 });
    const { serial, digest } = publisher;
    const others = [
      () => store.services.put({ ...web, resourceVersion: '7', publishNotReadyAddresses: true }),
      () => store.services.put(service('a/db', { ports: ['seen:1'] })),
      () => store.endpointSlices.put(slice('a/db', ['10.0.0.2', '~10.0.0.3', '10.0.0.1=x'], { ports: ['mon:2', 'pg:1'], lastChange: 5 })),
      () => store.endpointSlices.put(slice('a/db', ['10.0.0.2'], { suffix: '2', ports: ['pg:1', 'mon:2'] })),
      () => store.namespaces.put(namespace('a')),
      () => store.services.replace([...store.services.values()]),
    ];
    for (const change of others) {
      change();
      publisher.flush();
    }
    expect(updates).toHaveLength(1);
    expect([publisher.serial, publisher.digest]).toEqual([serial, digest]);
  });

  it('under the version of before is one: a server restored from a backup gives out versions again', () => {
    const { publisher, zones } = servedCluster();
    const versioned = { uid: 'u', resourceVersion: '7' };
    publisher.store.services.replace([{ ...web, ...versioned }]);
    publisher.flush();
    publisher.store.services.replace([service('a/web', { clusterIPs: ['10.96.0.7'], ...versioned })]);
    publisher.flush();
    expect(recordTexts(zones.forward)).toContain('web.a.svc.cluster.local. A 10.96.0.7');
  });

  it('and its undoing within one turn is no update; many changes are one', () => {
    const { publisher, updates } = servedCluster();
    publisher.store.services.replace([web]);
    publisher.flush();
    publisher.store.services.remove('a/web');
    publisher.store.services.put(web);
    publisher.flush();
    expect(updates).toHaveLength(1);
    publisher.store.services.put(service('a/b', { clusterIPs: ['10.96.0.2'] }));
    publisher.store.services.put(service('b/c', { clusterIPs: ['10.96.0.3'] }));
    publisher.store.services.remove('a/web');
    publisher.flush();
    expect(updates[1]).toMatchObject({ removedServices: ['a/web'], namespaces: { added: ['b'], removed: [] } });
    expect(updates[1]!.services.map(({ key }) => key)).toEqual(['a/b', 'b/c']);
  });

  it('is published in a later turn of the event loop without a flush', async () => {
    const updates: ClusterUpdate[] = [];
    const live = Promise.withResolvers<undefined>();
    const post = (update: ClusterUpdate): void => {
      updates.push(update);
      if (update.state === 'live') live.resolve(undefined);
    };
    const publisher = new Publisher({ clock: systemClock, needed: ['services'], post });
    publisher.store.services.replace([web]);
    expect(updates).toEqual([]);
    await live.promise;
    expect(updates[0]!.services).toHaveLength(1);
  });

  it('that takes several updates takes as many turns', () => {
    const turns: (() => void)[] = [];
    const { publisher, updates } = servedCluster({ schedule: (run) => void turns.push(run), chunk: 1 });
    publisher.store.services.replace([web, service('a/b', { clusterIPs: ['10.96.0.2'] })]);
    for (const turn of turns) turn();
    expect(updates.map(({ state }) => state)).toEqual(['loading', 'live']);
    expect(turns).toHaveLength(2);
  });

  it('of a large cluster comes in updates of bounded size, live with the last', () => {
    const { publisher, updates, zones } = servedCluster();
    const many = Array.from({ length: 500 }, (_, i) => service(`ns-${i % 7}/s-${i}`, { clusterIPs: [`10.96.${i >> 8}.${i & 255}`] }));
    publisher.store.services.replace(many);
    publisher.flush();
    expect(updates.map(({ services }) => services.length)).toEqual([...Array<number>(7).fill(64), 52]);
    expect(updates.map(({ state }) => state)).toEqual([...Array<string>(7).fill('loading'), 'live']);
    publisher.store.services.replace([]);
    publisher.flush();
    const ends = updates.slice(8);
    expect(ends.map(({ removedServices }) => removedServices.length)).toEqual([...Array<number>(7).fill(64), 52]);
    // Parents outlive the names below them.
    expect(ends.map(({ namespaces }) => namespaces.removed.length)).toEqual([...Array<number>(7).fill(0), 7]);
    expect(ends.every(({ state }) => state === 'live')).toBe(true);
    expect(nameTexts(zones.forward)).toHaveLength(6);
    expect(publisher.counts).toEqual({ services: 0, addresses: 0, namespaces: 0, pods: 0 });
    expect(publisher.digest).toBe(0);
  });
});

describe('the serial', () => {
  it('is the time in seconds, and one more where that is not later; over 2^32 too', async () => {
    const clock = fakeClock(1_800_000_000_000);
    const { publisher } = servedCluster({ clock });
    const publish = (n: number): number => {
      publisher.store.services.replace([service(`a/s-${n}`, { clusterIPs: ['10.96.0.1'] })]);
      publisher.flush();
      return publisher.serial;
    };
    expect(publish(1)).toBe(1_800_000_000);
    expect(publish(2)).toBe(1_800_000_001);
    await clock.advance(5000);
    expect(publish(3)).toBe(1_800_000_005);
  });

  it.each([
    ['goes on from a snapshot of the future', 1_900_000_000, 1_900_000_001],
    ['wraps', 0xffff_ffff, 1_800_000_000],
    ['takes up the time again', 1_700_000_000, 1_800_000_000],
  ])('%s', (_, before, after) => {
    const clock = fakeClock(1_800_000_000_000);
    const { publisher } = servedCluster({ clock, initial: { serial: before, services: [], namespaces: [], pods: [] } });
    publisher.store.services.replace([web]);
    publisher.flush();
    expect(publisher.serial).toBe(after);
  });
});

describe('from a snapshot', () => {
  const before = servedCluster();
  before.publisher.store.services.replace([
    web,
    service('a/old', { clusterIPs: ['10.96.0.2'] }),
    service('gone/x', { clusterIPs: ['10.96.0.3'] }),
  ]);
  before.publisher.store.pods.put(pod('a/p', '10.0.0.1'));
  before.publisher.flush();
  const initial = before.publisher.snapshot();

  it('everything is served as stale, and live once the first lists are compared', () => {
    const { publisher, zones, updates } = servedCluster({ initial }, { pods: 'verified' });
    expect([publisher.state, zones.forward.state, publisher.counts]).toEqual(['stale', 'stale', before.publisher.counts]);
    expect(recordTexts(zones.forward)).toContain('old.a.svc.cluster.local. A 10.96.0.2');
    publisher.store.services.put(service('a/new', { clusterIPs: ['10.96.0.4'] }));
    publisher.flush();
    expect(publisher.state).toBe('stale');
    publisher.store.services.replace([web, service('a/new', { clusterIPs: ['10.96.0.4'] })]);
    publisher.flush();
    expect([publisher.state, zones.forward.state]).toEqual(['live', 'live']);
    expect(updates.at(-1)).toMatchObject({
      removedServices: ['a/old', 'gone/x'],
      namespaces: { removed: ['gone'] },
      pods: { removed: [expect.any(String)] },
    });
    expect(updates.at(-1)!.services.map(({ key }) => key)).toEqual(['a/new']);
  });
});

describe('the observer', () => {
  it('hears how long a change of endpoints took, if it was seen live and DNS shows it', () => {
    const clock = fakeClock(10_000);
    const programmed = vi.fn();
    const { publisher } = servedCluster({ clock, observer: { published: () => undefined, leftOut: () => undefined, programmed } });
    const { store } = publisher;
    store.endpointSlices.replace([slice('a/db', ['10.0.0.1'], { lastChange: 1000 })]);
    store.services.replace([service('a/db')]);
    publisher.flush();
    store.endpointSlices.put(slice('a/db', ['10.0.0.1'], { lastChange: 8000 }));
    publisher.flush();
    store.endpointSlices.put(slice('a/db', ['10.0.0.2'], { lastChange: 8000 }));
    publisher.flush();
    expect(programmed).not.toHaveBeenCalled();
    store.endpointSlices.put(slice('a/db', ['10.0.0.3'], { lastChange: 9500 }));
    store.endpointSlices.put(slice('a/db', ['10.0.0.4'], { lastChange: 9900 }));
    publisher.flush();
    expect(programmed.mock.calls).toEqual([['headless', 500]]);
  });

  it('hears what is left out, with the object and what would be right', () => {
    const problems: string[] = [];
    const observer = {
      published: () => undefined,
      programmed: () => undefined,
      leftOut: (_: string, problem: string) => void problems.push(problem),
    };
    const { publisher } = servedCluster({ observer });
    publisher.store.services.replace([
      service('a/Web', { clusterIPs: ['10.96.0.1'] }),
      service('a/ip', { externalName: '192.0.2.1' }),
      service('a/none', { externalName: 'x..y' }),
      service('a/port', { clusterIPs: ['10.96.0.1'], ports: ['a_b:80', 'z:0'] }),
    ]);
    publisher.store.endpointSlices.put(slice('a/db', ['10.0.0.1=No_Label']));
    publisher.flush();
    const expected = [
      /a\/Web: namespace and name must each be a DNS label/,
      /a\/ip: externalName 192\.0\.2\.1 is an IP address/,
      /a\/none: externalName "x\.\.y"/,
      /port name "a_b"/,
      /port number 0/,
      /EndpointSlice a\/db-1: hostname "no_label"/,
    ];
    expect(problems).toHaveLength(expected.length);
    for (const pattern of expected) expect(problems.join('\n')).toMatch(pattern);
  });
});
