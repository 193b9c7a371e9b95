/** Everything published so far, as updates of bounded size, for a thread that starts or rebuilds its zones. */
import type { Published } from './published.ts';
import type { ClusterUpdate } from './update.ts';

export interface CatchUpOptions {
  /** Maximum of Services per update; `pods` is that of Pod addresses. */
  readonly services: number;
  readonly pods: number;
  /** Returns the other fields of an update, as they are when it is read. */
  readonly current: () => Pick<ClusterUpdate, 'serial' | 'state' | 'podsUnknown' | 'unknown'>;
}

/**
 * Each update is built when it is read. A reader that spreads them over many turns, and applies every posted update in between, ends with the full
 * state. All but the last have the state `loading`.
 */
export function* catchUp(published: Published, options: CatchUpOptions): Generator<ClusterUpdate> {
  const services = published.services()[Symbol.iterator]();
  const pods = published.podAddresses()[Symbol.iterator]();
  let namespaces = [...published.namespaceNames()];
  for (let more = true; more;) {
    const some = { services: nextSome(services, options.services), pods: nextSome(pods, options.pods) };
    more = some.services.length === options.services || some.pods.length === options.pods;
    yield {
      ...options.current(),
      ...(more && { state: 'loading' }),
      services: some.services,
      removedServices: [],
      namespaces: { added: namespaces, removed: [] },
      pods: { added: some.pods, removed: [] },
    };
    namespaces = [];
  }
}

/** Returns the next `limit` items, fewer at the end. */
function nextSome<T>(items: Iterator<T>, limit: number): T[] {
  const some: T[] = [];
  while (some.length < limit) {
    const next = items.next();
    if (next.done === true) break;
    some.push(next.value);
  }
  return some;
}
