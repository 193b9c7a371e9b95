/** Manifest objects → the sinks: which kinds are wanted, which of two objects of one name is served, and what stays served of an invalid one. */
import type { ApiObject, ClusterSinks, Key, Namespace, Sink } from '../cluster/model.ts';
import { endpointSlices } from './endpoint-slice.ts';
import { Problem, fieldsOf, textOf, wrong, type Fields } from './fields.ts';
import type { ManifestObject } from './manifest-text.ts';
import { namespaces } from './namespace.ts';
import { pods } from './pod.ts';
import { groupOf, identityOf, parse, type Identity, type Resource } from './resource.ts';
import type { Labels } from './selector.ts';
import { services } from './service.ts';
import type { Wanted } from './source.ts';

/** An object from a file, slimmed; `place` is `file:line`. */
export interface Placed {
  readonly place: string;
  readonly kind: string;
  readonly namespace: string;
  readonly value: ApiObject;
}

export interface ManifestKinds {
  /** Slims the objects of one file. Skips kinds that DNS has no use for; reports problems, and keeps what was served before. */
  place(path: string, objects: readonly ManifestObject[], problem: (message: string) => void): readonly Placed[];
  /** Serves these in the files' order; of two objects of one name the last. Returns how many objects are served. */
  serve(placed: Iterable<Placed>, problem: (message: string) => void): number;
}

export function manifestKinds(sinks: ClusterSinks, wanted: Wanted, selects: (labels: Labels) => boolean): ManifestKinds {
  const kinds = new Map<string, Kind>();
  const add = <T extends ApiObject>(resource: Resource<T>, sink: Sink<T>): void =>
    void kinds.set(resource.kind, {
      resource,
      write: (items) => sink.replace(items as Iterable<T>),
      served: new Map(),
    });
  add(namespaces, sinks.namespaces);
  add(services, sinks.services);
  add(endpointSlices(wanted.endpointPodNames), sinks.endpointSlices);
  if (wanted.pods) add(pods, sinks.pods);

  function placeOne(path: string, { object, line }: ManifestObject, leftOut: (message: string) => void): Placed | undefined {
    const kind = kinds.get(nameOf(object.kind, 'kind', 'Service'));
    const apiVersion = nameOf(object.apiVersion, 'apiVersion', 'v1');
    if (kind === undefined || groupOf(apiVersion) !== groupOf(kind.resource.apiVersion)) return undefined;
    const { resource } = kind;
    if (apiVersion !== resource.apiVersion) {
      const { name } = fieldsOf(object.metadata, 'metadata');
      throw new Problem(`${resource.kind} ${String(name)}: ${wrong('apiVersion', apiVersion, resource.apiVersion).message}`);
    }
    const full = resource.namespaced ? inNamespace(object) : object;
    const identity = identityOf(full, resource.namespaced);
    if (!isWanted(full, identity, resource)) return undefined;
    const value = parse(resource, full, identity, leftOut);
    if (value === undefined) return undefined;
    const placed = { place: `${path}:${line}`, kind: resource.kind, namespace: identity.namespace };
    if (!(value instanceof Problem)) return { ...placed, value };
    const good = kind.served.get(identity.key);
    if (good === undefined) throw value;
    throw Object.assign(value, { kept: { ...placed, value: good.value } });
  }

  function isWanted(object: Fields, identity: Identity, resource: Resource<ApiObject>): boolean {
    const namespace = resource.namespaced ? identity.namespace : identity.name;
    if (wanted.namespaces.length > 0 && !wanted.namespaces.includes(namespace)) return false;
    return !resource.selectable || selects(fieldsOf(fieldsOf(object.metadata, 'metadata').labels, 'metadata.labels'));
  }

  return {
    place(path, objects, problem) {
      const placed: Placed[] = [];
      for (const one of objects) {
        try {
          const object = placeOne(path, one, (message) => problem(`${path}:${one.line}: ${message}`));
          if (object !== undefined) placed.push(object);
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          const { kept } = error as Problem & { kept?: Placed };
          problem(`${path}:${one.line}: ${error.message}${kept === undefined ? '' : '; what it was before stays served'}`);
          if (kept !== undefined) placed.push(kept);
        }
      }
      return placed;
    },

    serve(all, problem) {
      const next = new Map([...kinds.keys()].map((kind) => [kind, new Map<Key, Placed>()]));
      for (const placed of all) {
        const ofKind = next.get(placed.kind)!;
        const first = ofKind.get(placed.value.key);
        if (first !== undefined)
          problem(`${placed.kind} ${placed.value.key} is in ${first.place} and in ${placed.place}; ${placed.place} is served, as the last`);
        ofKind.set(placed.value.key, placed);
      }
      implyNamespaces(next);
      let count = 0;
      for (const [name, kind] of kinds) {
        kind.served = next.get(name)!;
        kind.write([...kind.served.values()].map(({ value }) => value));
        count += kind.served.size;
      }
      return count;
    },
  };
}

interface Kind {
  readonly resource: Resource<ApiObject>;
  readonly write: (items: Iterable<ApiObject>) => void;
  served: Map<Key, Placed>;
}

function nameOf(value: unknown, where: string, such: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(where, value, `that of a Kubernetes object, such as ${such}`);
}

/** As in kubectl, an object without a namespace is in `default`. */
function inNamespace(object: Fields): Fields {
  const metadata = fieldsOf(object.metadata, 'metadata');
  return textOf(metadata.namespace, 'metadata.namespace') === '' ? { ...object, metadata: { ...metadata, namespace: 'default' } } : object;
}

/** No API server checks here that an object's Namespace exists, so it is presumed to. */
function implyNamespaces(kinds: ReadonlyMap<string, Map<Key, Placed>>): void {
  const declared = kinds.get(namespaces.kind)!;
  for (const [kind, objects] of kinds) {
    if (kind === namespaces.kind) continue;
    for (const { namespace, place } of objects.values()) {
      if (declared.has(namespace)) continue;
      const value: Namespace = Object.freeze({ key: namespace, uid: '', resourceVersion: '', name: namespace });
      declared.set(namespace, { place, kind: namespaces.kind, namespace: '', value });
    }
  }
}
