/** A reflector of Services from a fake API server to a sink, with a clock that the test advances. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach } from 'vitest';
import type { Service } from '../../src/cluster/model.ts';
import { connect } from '../../src/kubernetes/api.ts';
import { noObserver, type ReflectorObserver } from '../../src/kubernetes/observer.ts';
import type { ReflectOptions } from '../../src/kubernetes/reflect-options.ts';
import { reflect } from '../../src/kubernetes/reflector.ts';
import { identityOf, parse } from '../../src/kubernetes/resource.ts';
import { services } from '../../src/kubernetes/service.ts';
import type { KubernetesObject } from './api-server/history.ts';
import { startFakeApiServer, type FakeApiServer, type FakeOptions } from './api-server/server.ts';
import { fakeClock, type FakeClock } from './clock.ts';
import { mapSink, type MapSink } from './map-sink.ts';
import { until } from './until.ts';

export interface Reflecting {
  readonly server: FakeApiServer;
  readonly clock: FakeClock;
  readonly sink: MapSink<Service>;
  /** The calls of the observer, such as `failed expired`, `listing suspect`, `holds 25`, `listed pages`, `event ADDED`, and messages. */
  readonly told: readonly string[];
  /** Advances the clock by `step` ms at a time until `holds` returns true. */
  drive(holds: () => boolean, step?: number): Promise<void>;
  /** Advances the clock until the sink holds what the server has. */
  settled(step?: number): Promise<void>;
  close(): Promise<void>;
}

export interface ReflectingOptions extends Partial<ReflectOptions<Service>> {
  readonly fake?: FakeOptions;
  /** Called before the reflector starts. */
  readonly before?: (server: FakeApiServer) => void;
  readonly token?: () => string;
}

export async function startReflecting(objects: Iterable<KubernetesObject>, options: ReflectingOptions = {}): Promise<Reflecting> {
  const { fake = {}, before, token = () => '', ...reflectOptions } = options;
  const server = await startFakeApiServer(objects, fake);
  before?.(server);
  const clock = fakeClock();
  const sink = mapSink<Service>();
  const told: string[] = [];
  const stop = new AbortController();
  let held = token();
  const api = connect({
    server: server.url,
    access: () => Promise.resolve({ headers: { authorization: `Bearer ${held}` }, tls: {} }),
    renew: () => (held = token()),
  });
  const observer: ReflectorObserver = {
    ...noObserver,
    listing: (_of, cause) => told.push(`listing ${cause}`),
    listed: (_of, how) => told.push(`listed ${how}`),
    watching: () => told.push('watching'),
    holds: (_of, objects) => told.push(`holds ${objects}`),
    event: (_of, type) => told.push(`event ${type}`),
    passedOver: () => told.push('passed over'),
    invalid: (_of, message) => told.push(message),
    failed: (_of, { reason, message }) => told.push(`failed ${reason}`, message),
    presumed: (_of, objects) => told.push(`presumed ${objects}`),
    audited: (_of, differences) => told.push(`audited ${differences}`),
  };
  const running = reflect(api, services, sink, { clock, random: () => 0.5, signal: stop.signal, observer, ...reflectOptions });

  const drive: Reflecting['drive'] = (holds, step = 200) =>
    until(holds, {
      shown: () => `${holds.toString()}; told: ${told.slice(-20).join(' | ')}`,
      between: async () => {
        await clock.advance(step);
        await wait(2);
      },
    });

  return {
    server,
    clock,
    sink,
    told,
    drive,
    settled: (step) => drive(() => sameAs(server, sink), step),
    async close() {
      stop.abort();
      await running;
      api.close();
      await server.close();
    },
  };
}

/** For the top of a test file: `begin` starts a reflector of `count` Services, `start` also waits until it settles; each is closed after its test. */
export function reflectors(): Record<'begin' | 'start', (count?: number, options?: ReflectingOptions) => Promise<Reflecting>> {
  const running: Reflecting[] = [];
  afterEach(async () => {
    for (const reflecting of running.splice(0)) await reflecting.close();
  });
  const begin = async (count = 25, options: ReflectingOptions = {}): Promise<Reflecting> => {
    const reflecting = await startReflecting(someServices(count), options);
    running.push(reflecting);
    return reflecting;
  };
  const start = async (count?: number, options?: ReflectingOptions): Promise<Reflecting> => {
    const reflecting = await begin(count, options);
    await reflecting.settled();
    return reflecting;
  };
  return { begin, start };
}

/** Whether the sink holds the same values as the server. */
export function sameAs(server: FakeApiServer, sink: MapSink<Service>): boolean {
  const truth = server.objects('Service').map((object) => parse(services, object, identityOf(object, true)));
  return JSON.stringify(truth) === JSON.stringify([...sink.items.values()].sort((a, b) => (a.key < b.key ? -1 : 1)));
}

/** The Service `svc-<index>` in `shop`; `variant` changes its address. */
export function aService(index: number, variant = 0): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `svc-${index}`, namespace: 'shop' },
    spec: { clusterIP: `10.${variant}.${index >> 8}.${index & 0xff}`, ports: [{ name: 'http', port: 80 }] },
  };
}

export function someServices(count: number): KubernetesObject[] {
  return Array.from({ length: count }, (_, index) => aService(index));
}

/** Makes a change of each sort, including the re-creation of a deleted object under the same name. */
export function changeAll(server: FakeApiServer): void {
  server.put(aService(1, 1));
  server.put(aService(100));
  server.remove('Service', 'shop/svc-2');
  server.remove('Service', 'shop/svc-3');
  server.put(aService(3, 2));
  server.put(aService(4, 1));
}
