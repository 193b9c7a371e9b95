/** The fake API server's storage: every object of every version, and the events between them. */

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

/** One change: `before` and `after` are undefined at creation and deletion. `after` of a deletion is undefined, `object` bears the deletion's version. */
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
  /** Whatever is older is compacted: answered 410. */
  readonly oldest: number;
  /** Creates or updates; keeps the uid of an object that is there. Given versions and uids are kept where `exact`. */
  put(object: KubernetesObject, exact?: boolean): KubernetesObject;
  /** `key`: `namespace/name`, or the name. */
  remove(kind: string, key: string): void;
  /** Objects of a kind at a version, by key, in etcd's order. */
  at(kind: string, version: number): readonly (readonly [string, KubernetesObject])[];
  /** Changes of a kind after a version. */
  since(kind: string, version: number): readonly Change[];
  compact(): void;
  /** Counts up to this version, as other kinds' changes make it. */
  reach(version: number): void;
  /** As a restored backup: back to what was at a version. */
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
      // The server's order of fields: kind first.
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
