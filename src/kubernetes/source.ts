/** Feeds the cluster's sinks from an API server: one reflector for each kind, and for each namespace where only some are wanted. */
import type { Clock, Random } from '../clock.ts';
import type { ApiObject, ClusterSinks, Kind, Namespace, Sink } from '../cluster/model.ts';
import type { Api } from './api.ts';
import { endpointSlices } from './endpoint-slice.ts';
import { namespaces as namespaceResource } from './namespace.ts';
import type { ReflectorObserver } from './observer.ts';
import { pods as podResource } from './pod.ts';
import { reflect } from './reflector.ts';
import type { ReflectOptions } from './reflector.ts';
import type { Resource } from './resource.ts';
import { scopedSinks } from './scoped-sinks.ts';
import { services } from './service.ts';

/** What of a cluster is wanted; the same for every source. */
export interface Wanted {
  /** Feed the pods' sink: pod names are verified. */
  readonly pods: boolean;
  /** Keep the names of endpoints' pods. */
  readonly endpointPodNames: boolean;
  /** Only these; all when empty. */
  readonly namespaces: readonly string[];
  /** A labelSelector on services, endpoint slices and pods; '' for all. */
  readonly selector: string;
}

export interface ApiSourceOptions extends Wanted {
  readonly clock: Clock;
  readonly random: Random;
  readonly observer?: ReflectorObserver;
  /** As in ReflectOptions. */
  readonly pageSize?: number;
  readonly streaming?: boolean;
  readonly watchIdleLimit?: number;
  readonly auditInterval?: number;
  readonly suspectWait?: number;
  /** Nothing is to be served before the Pods are known, even where they may not be listed: rules hang on whose Pod a client is. */
  readonly needsPods?: boolean;
  /** How many objects there were before a restart, as far as that is known. */
  readonly known?: Known;
}

export type Known = Partial<Readonly<Record<Exclude<Kind, 'pods'>, number>>>;

/** Runs until aborted. Rejects only when a sink throws. */
export async function feedFromApi(api: Api, sinks: ClusterSinks, options: ApiSourceOptions, signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const { known = {}, needsPods = false } = options;
  const forgoPods = (refusals: number): undefined => {
    if (refusals >= REFUSALS && !needsPods) sinks.forgoPods?.();
  };
  const common = { ...options, signal: AbortSignal.any([signal, failed.signal]) };
  const running = [
    reflectNamespaces(api, sinks.namespaces, options.namespaces, { ...common, expected: known.namespaces }),
    ...reflectWithin(api, services, sinks.services, options.namespaces, { ...common, expected: known.services }),
    ...reflectWithin(api, endpointSlices(options.endpointPodNames), sinks.endpointSlices, options.namespaces, {
      ...common,
      expected: known.endpointSlices,
    }),
    ...(options.pods ? reflectWithin(api, podResource, sinks.pods, options.namespaces, { ...common, whenForbidden: forgoPods }) : []),
  ];
  await Promise.all(running).catch((error: unknown) => {
    failed.abort();
    throw error;
  });
}

/** A role may allow some namespaces only: each has its own list and watch. */
function reflectWithin<T extends ApiObject>(
  api: Api,
  resource: Resource<T>,
  sink: Sink<T>,
  namespaces: readonly string[],
  options: Omit<ReflectOptions<T>, 'namespace'>,
): Promise<void>[] {
  if (namespaces.length === 0) return [reflect(api, resource, sink, options)];
  const parts = scopedSinks(sink, namespaces.length);
  return namespaces.map((namespace, index) => reflect(api, resource, parts[index]!, { ...options, namespace, expected: 0 }));
}

/**
 * Namespaces are no namespace's own, so a Role cannot grant them: where they are forbidden and only some were asked for, these are taken to exist, until
 * the right is granted. Where all were asked for, those that have Services exist; but an API server that has just started may not know its roles yet.
 */
function reflectNamespaces(api: Api, sink: Sink<Namespace>, wanted: readonly string[], options: ReflectOptions<Namespace>): Promise<void> {
  if (wanted.length === 0)
    return reflect(api, namespaceResource, sink, { ...options, whenForbidden: (refusals) => (refusals < REFUSALS ? undefined : []) });
  const only = new Set(wanted);
  const resource: Resource<Namespace> = {
    ...namespaceResource,
    slim: (object, identity, leaveOut) => (only.has(identity.name) ? namespaceResource.slim(object, identity, leaveOut) : undefined),
  };
  const presumed = wanted.map((name): Namespace => Object.freeze({ key: name, uid: '', resourceVersion: '', name }));
  return reflect(api, resource, sink, { ...options, whenForbidden: () => presumed });
}

/** Refusals, over about ten seconds, that are no start of an API server. */
const REFUSALS = 5;
