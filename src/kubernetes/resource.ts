/** A kind of object as a source sees it: where the API serves it, and the pure function that slims one. */
import type { ApiObject, Key } from '../cluster/model.ts';
import { Problem, fieldsOf, labelOf, subdomainOf, textOf, type Fields, type LeaveOut } from './fields.ts';
import type { Message } from './protobuf.ts';

export interface Resource<T extends ApiObject> {
  /** Plural, as in URLs and RBAC rules: `services`. */
  readonly name: string;
  /** `Service`, as in manifests. */
  readonly kind: string;
  /** `v1`, `discovery.k8s.io/v1`. */
  readonly apiVersion: string;
  readonly namespaced: boolean;
  /** Asks the API server for names and versions only (PartialObjectMetadata). */
  readonly metadataOnly: boolean;
  /** A fieldSelector, '' for all. */
  readonly fieldSelector: string;
  /** Whether `--selector` applies to it. */
  readonly selectable: boolean;
  /** Every cluster has one (default, default/kubernetes and its endpoints): an empty list of all of them is requested again. */
  readonly neverEmpty: boolean;
  /** The fields that `slim` reads, in protobuf; the first is the metadata. */
  readonly message: Message;
  /**
   * Returns the slim value, or undefined when no answer depends on it. Throws a Problem when a field is invalid; the problem of one port or address
   * among several goes to `leaveOut`, and costs only that.
   */
  readonly slim: (object: Fields, identity: Identity, leaveOut: LeaveOut) => T | undefined;
}

/** An object's identity, and its version. */
export interface Identity {
  readonly key: Key;
  /** '' when the object has none (manifests). */
  readonly uid: string;
  readonly resourceVersion: string;
  /** '' for a cluster-scoped object. */
  readonly namespace: string;
  readonly name: string;
}

/** Reads metadata; throws a Problem. */
export function identityOf(object: Fields, namespaced: boolean): Identity {
  const metadata = fieldsOf(object.metadata, 'metadata');
  const name = subdomainOf(metadata.name, 'metadata.name');
  const namespace = namespaced ? labelOf(metadata.namespace, 'metadata.namespace') : '';
  return {
    key: namespaced ? `${namespace}/${name}` : name,
    uid: textOf(metadata.uid, 'metadata.uid'),
    resourceVersion: textOf(metadata.resourceVersion, 'metadata.resourceVersion'),
    namespace,
    name,
  };
}

/**
 * Returns the slim value, undefined, or the Problem; `identity` is what identityOf returned for this object. Reports all omissions in one message.
 */
export function parse<T extends ApiObject>(
  resource: Resource<T>,
  object: Fields,
  identity: Identity,
  leftOut: (message: string) => void = () => undefined,
): T | undefined | Problem {
  const problems: Problem[] = [];
  try {
    const value = resource.slim(object, identity, (problem) => problems.push(problem));
    if (problems.length > 0) {
      const more = problems.length > 1 ? `, and so are ${problems.length - 1} more` : '';
      leftOut(`${resource.kind} ${identity.key}: ${problems[0]!.message}; it is left out${more}, the rest is served`);
    }
    return value;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return new Problem(`${resource.kind} ${identity.key}: ${error.message}`);
  }
}

/** Returns an apiVersion's group: `discovery.k8s.io` of `discovery.k8s.io/v1`; '' of `v1`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));
}
