/** Counts what the reflectors do, and reports at scrape how fresh the objects they hold are. */
import type { Clock } from '../clock.ts';
import type { EventType, ReflectorObserver } from '../kubernetes/observer.ts';
import { reflectedText, type Reflected } from '../kubernetes/reflected.ts';
import { cellOf, type CellName } from './cells.ts';
import type { Counters } from './counters.ts';
import { indexOf } from './dimensions.ts';
import type { Log } from './log.ts';
import type { Reading } from './metric.ts';
import type { Readers } from './registry.ts';

interface Held {
  readonly of: Reflected;
  objects: number;
  resourceVersion: string;
  synced: boolean;
  /** Listing is forbidden, and not required (ReflectorObserver.presumed). */
  presumed: boolean;
  /** Clock.monotonic() of the last event other than a bookmark, of the last bookmark, and of anything received; undefined: none yet. */
  event: number | undefined;
  bookmark: number | undefined;
  heard: number | undefined;
}

export interface ReflectorTelemetry {
  readonly observer: ReflectorObserver;
  readonly readers: Readers;
}

/** `counters`: the control thread's. */
export function reflectorTelemetry(counters: Counters, clock: Clock, log: Log): ReflectorTelemetry {
  const all = new Map<string, Held>();
  /** The same, without making a key for each event: a reflector passes the same value each time. */
  const known = new WeakMap<Reflected, Held>();
  const heldOf = (of: Reflected): Held => {
    let held = known.get(of);
    if (held !== undefined) return held;
    const key = `${of.name}/${of.namespace}`;
    held = all.get(key);
    if (held === undefined) {
      held = {
        of,
        objects: 0,
        resourceVersion: '',
        synced: false,
        presumed: false,
        event: undefined,
        bookmark: undefined,
        heard: undefined,
      };
      all.set(key, held);
    }
    known.set(of, held);
    return held;
  };
  const add = (cell: CellName, of: Reflected, count: number, ...indexes: number[]): void => {
    counters[cellOf(cell, indexOf('resource', of.name), ...indexes)]! += count;
  };
  const where = ({ name, namespace }: Reflected): { resource: string; namespace?: string } =>
    namespace === '' ? { resource: name } : { resource: name, namespace };

  const heard = (of: Reflected, type: EventType | 'LIST'): void => {
    const held = heldOf(of);
    const now = clock.monotonic();
    held.heard = now;
    if (type !== 'LIST') held[type === 'BOOKMARK' ? 'bookmark' : 'event'] = now;
  };

  const observer: ReflectorObserver = {
    listing: (of, cause) => {
      heldOf(of);
      add('relists', of, 1, indexOf('relistCause', cause));
      if (cause === 'start') log.debug(where(of), `listing ${reflectedText(of)}`);
      else log.warn({ ...where(of), cause }, `listing ${reflectedText(of)} again`);
    },
    listed: (of, how, milliseconds) => {
      const held = heldOf(of);
      heard(of, 'LIST');
      held.event ??= clock.monotonic();
      const again = held.synced ? ' again' : '';
      held.synced = true;
      held.presumed = false;
      add('lists', of, 1, indexOf('listMethod', how));
      add('listSeconds', of, milliseconds / 1000);
      log.info({ ...where(of), objects: held.objects, how, milliseconds: Math.round(milliseconds) }, `listed ${reflectedText(of)}${again}`);
    },
    watching: (of) => {
      const held = heldOf(of);
      // A resumed watch delivers at once what has changed. Where load balancers close quiet watches, no bookmark ever comes.
      if (held.synced) held.heard = clock.monotonic();
      add('watches', of, 1);
    },
    event: (of, type) => {
      heard(of, type);
      add('events', of, 1, indexOf('event', type.toLowerCase()));
    },
    passedOver: (of) => add('events', of, 1, indexOf('event', 'passed_over')),
    holds: (of, objects, resourceVersion) => {
      const held = heldOf(of);
      held.objects = objects;
      held.resourceVersion = resourceVersion;
    },
    invalid: (of, message) => {
      add('events', of, 1, indexOf('event', 'invalid'));
      log.warn(where(of), message);
    },
    failed: (of, failure, wait) => {
      add('sourceErrors', of, 1, indexOf('failureReason', failure.reason));
      log.warn({ ...where(of), reason: failure.reason, retryInMs: Math.round(wait) }, failure.message);
    },
    presumed: (of, objects) => {
      const held = heldOf(of);
      held.objects = objects;
      if (!held.presumed)
        log.info({ ...where(of), objects }, `may not list ${reflectedText(of)}: those that the options name are taken to exist`);
      held.presumed = true;
    },
    audited: (of, differences) => {
      add('audits', of, 1);
      add('auditDifferences', of, differences);
      if (differences > 0) log.warn({ ...where(of), differences }, `what is held of ${reflectedText(of)} differed from the API server's`);
    },
    received: (of, octets) => add('octetsReceived', of, octets),
  };
  return { observer, readers: readersOf(all, clock) };
}

function readersOf(all: ReadonlyMap<string, Held>, clock: Clock): Readers {
  const each = (value: (held: Held) => number | undefined): Reading[] =>
    all
      .values()
      .flatMap((held) => {
        const found = value(held);
        return found === undefined ? [] : [{ labels: { resource: held.of.name, namespace: held.of.namespace }, value: found }];
      })
      .toArray();
  const age = (since: number | undefined): number | undefined => (since === undefined ? undefined : (clock.monotonic() - since) / 1000);
  return {
    kubezone_reflector_objects: () => {
      const sums = new Map<string, number>();
      for (const { of, objects } of all.values()) sums.set(of.name, (sums.get(of.name) ?? 0) + objects);
      return Array.from(sums, ([resource, value]) => ({ labels: { resource }, value }));
    },
    kubezone_reflector_resource_version: () =>
      each(({ resourceVersion }) => (resourceVersion === '' ? undefined : Number(resourceVersion))),
    kubezone_reflector_last_event_age_seconds: () => each((held) => age(held.event)),
    kubezone_reflector_last_bookmark_age_seconds: () => each((held) => age(held.bookmark)),
    kubezone_reflector_age_seconds: () => each((held) => age(held.heard)),
    kubezone_reflector_synced: () => each((held) => (held.synced ? 1 : held.presumed ? undefined : 0)),
  };
}
