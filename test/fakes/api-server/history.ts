/** The fake API server's storage: the current objects, and the changes since the last compaction, from which older versions are rebuilt. */

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** One change; `before` is undefined for a creation, `after` for a deletion. A deletion has a version of its own too. */
export interface Change {
  readonly version: number;
  readonly kind: string;
  readonly key: string;
  readonly before: KubernetesObject | undefined;
  readonly after: KubernetesObject | undefined;
}

export interface History {
  /** The newest version. */
  readonly version: number;
  /** Versions older than this are compacted: answered 410. */
  readonly oldest: number;
  /** Creates or updates; an existing object keeps its uid. With `exact`, the object keeps its own resourceVersion. */
  put(object: KubernetesObject, exact?: boolean): KubernetesObject;
  /** `key`: `namespace/name`, or the name. */
  remove(kind: string, key: string): void;
  /** The objects of a kind at a version, by key, in etcd's order. */
  at(kind: string, version: number): readonly (readonly [string, KubernetesObject])[];
  /** The changes of a kind after a version. */
  since(kind: string, version: number): readonly Change[];
  compact(): void;
  /** Advances the version to at least this one, as changes of other kinds do. */
  reach(version: number): void;
  /** Goes back to the state at a version, as restoring a backup of etcd does. */
  restore(version: number): void;
  subscribe(take: (change: Change) => void): () => void;
}

export function createHistory(start = 1): History {
  let version = start;
  let oldest = 0;
  let serial = 0;
  let changes: Change[] = [];
  const current = new Map<string, Map<string, KubernetesObject>>();
  const subscribers = new Set<(change: Change) => void>();

  const ofKind = (kind: string): Map<string, KubernetesObject> => {
    const objects = current.get(kind) ?? new Map<string, KubernetesObject>();
    current.set(kind, objects);
    return objects;
  };

  function record(change: Change): void {
    changes.push(change);
    if (change.after === undefined) ofKind(change.kind).delete(change.key);
    else ofKind(change.kind).set(change.key, change.after);
    for (const take of subscribers) take(change);
  }

  return {
    get version() {
      return version;
    },
    get oldest() {
      return oldest;
    },
    put(object, exact = false) {
      const key = keyOf(object);
      const before = ofKind(object.kind).get(key);
      version = exact ? Math.max(version, Number(object.metadata.resourceVersion)) : version + 1;
      const { name, namespace, uid, creationTimestamp, ...rest } = object.metadata;
      const metadata: Metadata = {
        name,
        ...(namespace !== undefined && { namespace }),
        uid: before?.metadata.uid ?? uid ?? `00000000-0000-4000-8000-${String(++serial).padStart(12, '0')}`,
        resourceVersion: exact ? String(object.metadata.resourceVersion) : String(version),
        creationTimestamp: before?.metadata.creationTimestamp ?? creationTimestamp ?? '2026-11-22T05:38:15Z',
        ...Object.fromEntries(Object.entries(rest).filter(([field]) => field !== 'resourceVersion')),
      };
      // An API server writes `kind` first.
      const { kind, apiVersion, ...fields } = object;
      const after = { kind, apiVersion, ...fields, metadata };
      record({ version: exact ? Number(object.metadata.resourceVersion) : version, kind, key, before, after });
      return after;
    },
    remove(kind, key) {
      const before = ofKind(kind).get(key);
      if (before === undefined) return;
      version++;
      record({ version, kind, key, before, after: undefined });
    },
    at(kind, wanted) {
      const objects = new Map(ofKind(kind));
      for (const change of changes.toReversed()) {
        if (change.version <= wanted || change.kind !== kind) continue;
        if (change.before === undefined) objects.delete(change.key);
        else objects.set(change.key, change.before);
      }
      return [...objects].sort(([a], [b]) => (a < b ? -1 : 1));
    },
    since: (kind, from) => changes.filter((change) => change.kind === kind && change.version > from),
    reach(wanted) {
      version = Math.max(version, wanted);
    },
    compact() {
      oldest = version;
      changes = [];
    },
    restore(wanted) {
      for (const change of changes.toReversed()) {
        if (change.version <= wanted) continue;
        if (change.before === undefined) ofKind(change.kind).delete(change.key);
        else ofKind(change.kind).set(change.key, change.before);
      }
      changes = changes.filter((change) => change.version <= wanted);
      version = wanted;
    },
    subscribe(take) {
      subscribers.add(take);
      return () => subscribers.delete(take);
    },
  };
}

export function keyOf({ metadata: { namespace, name } }: KubernetesObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
