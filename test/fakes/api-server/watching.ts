/** One watch of the fake API server: turns changes into events, honestly or with lies. */
import type { ServerResponse } from 'node:http';
import type { Change, History, KubernetesObject } from './history.ts';
import { take, type Lies } from './lies.ts';
import { eventOctets } from './protobuf.ts';
import type { Selection } from './selection.ts';
import type { Status } from './statuses.ts';

export interface WatchRequest {
  readonly selection: Selection;
  readonly lies: Lies;
  readonly response: ServerResponse;
  readonly metadataOnly: boolean;
  readonly bookmarks: boolean;
  readonly protobuf: boolean;
  /** Called just before an event is written. */
  readonly sending?: (() => void) | undefined;
}

export interface Watching {
  readonly kind: string;
  change(change: Change): void;
  /** Sends an object that existed before the watch. */
  initial(object: KubernetesObject): void;
  bookmark(version: number, initialEventsEnd?: boolean): void;
  error(status: Status): void;
  end(): void;
}

export function createWatching({ selection, lies, response, metadataOnly, bookmarks, protobuf, sending }: WatchRequest): Watching {
  let withheld: Change | undefined;
  let repeated: Change | undefined;
  let cut = false;

  function send(type: string, object: Kinded): void {
    if (cut || response.destroyed || response.writableEnded) return;
    const event = protobuf ? eventOctets(type, object) : Buffer.from(`${JSON.stringify({ type, object })}\n`);
    if (type !== 'BOOKMARK' && type !== 'ERROR' && take(lies, 'reset')) {
      cut = true;
      response.write(event.subarray(0, Math.ceil(event.length / 2)), () => response.socket?.resetAndDestroy());
      return;
    }
    sending?.();
    // A real server flushes each event; Node would write it only after all else in this turn.
    response.cork();
    response.write(type !== 'ERROR' && take(lies, 'garbage') ? garbage(type) : event);
    response.uncork();
  }

  const garbage = (type: string): string => (protobuf ? '\0\0\0\x06<html>' : `{"type":"${type}","object":<html>\n`);

  const shown = (object: KubernetesObject): Kinded =>
    metadataOnly ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata } : object;

  /** Sends a change as this watch sees it: an object that begins or ceases to be selected is ADDED or DELETED. */
  function tellOf({ before, after, version }: Change): void {
    const was = before !== undefined && selection.matches(before);
    const is = after !== undefined && selection.matches(after);
    if (is) send(was ? 'MODIFIED' : 'ADDED', shown(after));
    else if (was) send('DELETED', shown({ ...before, metadata: { ...before.metadata, resourceVersion: String(version) } }));
  }

  return {
    kind: selection.kind.kind,
    change(change) {
      if (lies.stalled) return;
      if (withheld !== undefined) {
        const late = withheld;
        withheld = undefined;
        tellOf(change);
        tellOf(late);
        return;
      }
      if (lies.reordering) {
        withheld = change;
        return;
      }
      tellOf(change);
      if (repeated !== undefined) tellOf(repeated);
      repeated = lies.left.repeat > 0 ? change : undefined;
      if (repeated !== undefined) tellOf(change);
    },
    initial: (object) => send('ADDED', shown(object)),
    bookmark(version, initialEventsEnd = false) {
      if ((!bookmarks && !initialEventsEnd) || lies.stalled) return;
      const { kind, apiVersion } = selection.kind;
      const metadata = {
        resourceVersion: String(version),
        ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
      };
      send(
        'BOOKMARK',
        metadataOnly
          ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
          : { kind, apiVersion, metadata, ...EMPTY[kind] },
      );
    },
    error: (status) => send('ERROR', status),
    end: () => response.end(),
  };
}

interface Kinded {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: object;
}

/** Go's zero values, which a real server writes into a bookmark's object. */
const EMPTY: Readonly<Record<string, object>> = {
  Service: { spec: {}, status: { loadBalancer: {} } },
  Namespace: { spec: {}, status: {} },
  Pod: { spec: { containers: null }, status: {} },
  EndpointSlice: { addressType: '', endpoints: null, ports: null },
};

/** Sends the changes since the version that a watch begins at. */
export function catchUp(watching: Watching, history: History, version: number): void {
  for (const change of history.since(watching.kind, version)) watching.change(change);
}
