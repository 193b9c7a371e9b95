/** Reads a watch's events, one JSON line each, and checks that each is one. */
import { read, type Collection } from './collection.ts';
import { Failure, failureOfStatus } from './failure.ts';
import type { Fields } from './fields.ts';
import type { IdleGuard } from './idle.ts';
import { createLineSplitter } from './json-lines.ts';
import type { EventType } from './observer.ts';
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
  /** Given an event's octets, returns true when it need not be parsed. */
  readonly isKnown: (octets: Uint8Array) => boolean;
}

type Take = (type: EventType, object: Fields, guard: Pick<IdleGuard, 'limit'>) => void;

/**
 * Resolves when the server ended the watch properly; rejects with a Failure: `expired` or another for an ERROR event, `malformed` for a line that is
 * no event. Through its guard, `take` can change the idle limit from there on.
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
  const accept = of.resource.metadataOnly ? METADATA : 'application/json';
  const split = createLineSplitter();
  let last = NEWLINE;
  await read(of, { verb: 'watch', parameters, accept, ...options }, (chunk, guard) => {
    for (const line of split(chunk)) {
      guard.heard();
      if (options.isKnown(line)) continue;
      const { type, object } = eventOf(of, line);
      if (type === 'ERROR')
        throw failureOfStatus(
          { verb: 'watch', group: groupOf(of.resource.apiVersion), resource: of.resource.name, namespace: of.namespace },
          object,
        );
      take(type, object, guard);
    }
    last = chunk.at(-1) ?? last;
  });
  if (last !== NEWLINE) throw new Failure('cut', `watch ${of.resource.name}: the server ended it in the middle of an event`);
}

const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
const NEWLINE = 0x0a;
const TYPES: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

interface WatchEvent {
  readonly type: EventType | 'ERROR';
  readonly object: Fields;
}

function eventOf(of: Collection, octets: Uint8Array): WatchEvent {
  const line = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('utf8');
  try {
    const event = JSON.parse(line) as WatchEvent | null;
    if (event !== null && TYPES.has(event.type) && event.object instanceof Object) return event;
  } catch {
    // Reported below, with what came instead.
  }
  throw new Failure('malformed', `watch ${of.resource.name}: a line that is no event: ${line.slice(0, 80)}`);
}
