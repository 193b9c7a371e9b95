/** All that is published, told from the beginning. */
import type { Published } from './published.ts';
import type { ClusterUpdate } from './update.ts';

export interface CatchUpOptions {
  /** In one update. */
  readonly services: number;
  readonly pods: number;
  /** What is told beside. */
  readonly current: () => Pick<ClusterUpdate, 'serial' | 'state' | 'podsUnknown' | 'unknown'>;
}

/**
 * In updates of bounded size, each made when it is read: who reads them over many turns, and is posted every update meanwhile, has everything at the
 * end. All but the last say that more is to come.
 */
export function* catchUp(published: Published, limits: CatchUpOptions): Generator<ClusterUpdate> {
  const services = published.services()[Symbol.iterator]();
  const pods = published.podAddresses()[Symbol.iterator]();
  let namespaces = [...published.namespaceNames()];
  for (let more = true; more;) {
    const some = { services: nextSome(services, limits.services), pods: nextSome(pods, limits.pods) };
    more = some.services.length === limits.services || some.pods.length === limits.pods;
    yield {
      ...limits.current(),
      ...(more && { state: 'loading' }),
      services: some.services,
      removedServices: [],
      namespaces: { added: namespaces, removed: [] },
      pods: { added: some.pods, removed: [] },
    };
    namespaces = [];
  }
}

/** The next `limit` of them, fewer at the end. */
function nextSome<T>(items: Iterator<T>, limit: number): T[] {
  const some: T[] = [];
  while (some.length < limit) {
    const next = items.next();
    if (next.done === true) break;
    some.push(next.value);
  }
  return some;
}
