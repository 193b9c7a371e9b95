/** Reads a watch's events, and checks that each is one. */
import { read, type Collection } from './collection.ts';
import { accepted } from './content-type.ts';
import { Failure, failureOfStatus } from './failure.ts';
import type { Fields } from './fields.ts';
import type { Told } from './format.ts';
import type { IdleGuard } from './idle.ts';
import type { EventType } from './observer.ts';
import { reflectedText } from './reflected.ts';
import { shown } from './shown.ts';
import { groupOf } from './resource.ts';

export interface WatchOptions {
  /** Where to resume; ignored by a streaming list. */
  readonly resourceVersion: string;
  /** A streaming list (KEP-3157): every object as ADDED, a bookmark that completes the list, then changes. */
  readonly initialEvents: boolean;
  /** The server ends the watch after this many seconds. */
  readonly timeoutSeconds: number;
  /** Silence, without event or bookmark, that ends the watch, ms. */
  readonly idleLimit: number;
  readonly signal: AbortSignal;
  readonly begun: () => void;
  /** Returns true when an object in this state need not be read. */
  readonly isKnown?: ((told: Told) => boolean) | undefined;
}

type Take = (type: EventType, object: Fields, guard: Pick<IdleGuard, 'limit'>) => void;

/**
 * Resolves when the server ended the watch properly; rejects with a Failure: `expired` or another for an ERROR event, `malformed` for anything but
 * an event. Through its guard, `take` can change the idle limit from there on.
 */
export async function watch(of: Collection, options: WatchOptions, take: Take): Promise<void> {
  const parameters = {
    watch: '1',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(options.timeoutSeconds),
    ...(options.initialEvents
      ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: options.resourceVersion }),
  };
  const accept = accepted(of.resource.metadataOnly ? 'PartialObjectMetadata' : '', of.withProtobuf());
  const { message, apiVersion, name } = of.resource;
  const what = reflectedText({ name, namespace: of.namespace });
  await read(of, { verb: 'watch', parameters, accept, ...options }, ({ events, event, peekEvent }) => {
    options.begun();
    const splitter = events();
    return {
      take(chunk, guard) {
        const whole = splitter.push(chunk);
        if (whole.length > 0) guard.heard();
        for (const octets of whole) {
          const told = options.isKnown && peekEvent(octets);
          if (told !== undefined && options.isKnown!(told)) continue;
          const { type, object } = event(octets, message) ?? noEvent(what, shown(octets));
          if (type === 'ERROR')
            throw failureOfStatus({ verb: 'watch', group: groupOf(apiVersion), resource: name, namespace: of.namespace }, object);
          take(type, object, guard);
        }
      },
      end() {
        if (!splitter.isWhole()) throw new Failure('cut', `watch ${what}: the server ended it in the middle of an event`);
      },
    };
  });
}

function noEvent(what: string, shown: string): never {
  throw new Failure('malformed', `watch ${what}: what is no event: ${shown}`);
}
