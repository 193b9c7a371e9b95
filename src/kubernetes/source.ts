/** Feeds the cluster's sinks from an API server: one reflector for each kind, and for each namespace where only some are wanted. */
import type { Clock, Random } from '../clock.ts';
import type { ApiObject, ClusterSinks, Kind, Namespace, Pod, Sink } from '../cluster/model.ts';
import type { Api } from './api.ts';
import { endpointSlices } from './endpoint-slice.ts';
import { namespaces as namespaceResource } from './namespace.ts';
import type { ReflectorObserver } from './observer.ts';
import { pods as podResource } from './pod.ts';
import type { ReflectOptions } from './reflect-options.ts';
import { reflect } from './reflector.ts';
import type { Resource } from './resource.ts';
import { scopedSinks, type ScopedSink } from './scoped-sinks.ts';
import { services } from './service.ts';

/** Which part of a cluster is wanted; the same for every source. */
export interface Wanted {
  /** Feed the pods sink, as pod names are verified. */
  readonly pods: boolean;
  /** Keep the names of endpoints' pods. */
  readonly endpointPodNames: boolean;
  /** Only these namespaces; all when empty. */
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
  /** Serve nothing before the Pods are known, even where they may not be listed: rules depend on whose Pod a client is. */
  readonly needsPods?: boolean;
  /** How many objects there were before a restart, as far as that is known. */
  readonly known?: Known;
  /** How often a list is refused before the source does what it can without it. */
  readonly refusals?: number;
}

export type Known = Partial<Readonly<Record<Kind, number>>>;

/** Runs until aborted. Rejects only when a sink throws. */
export async function feedFromApi(api: Api, sinks: ClusterSinks, options: ApiSourceOptions, signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const { known = {}, needsPods = false, namespaces, refusals = REFUSALS } = options;
  const common = { ...options, signal: AbortSignal.any([signal, failed.signal]) };

  /**
   * A role may allow only some namespaces, so each has its own list and watch. One that is refused for good does not hold up the others: nothing is
   * answered about its names until access is granted.
   */
  function reflectWithin<T extends ApiObject>(
    kind: Kind,
    sink: Sink<T>,
    resource: Resource<T>,
    forbid: Forbid<T> = forbidPart,
  ): Promise<void>[] {
    if (namespaces.length === 0)
      return [
        reflect(api, resource, sink, { ...common, expected: known[kind], whenForbidden: afterRefusals(refusals, () => forbid(undefined)) }),
      ];
    const parts = scopedSinks(sink, namespaces, (namespace, is) => sinks.setForbidden?.(kind, namespace, is));
    return parts.map((part, index) =>
      reflect(api, resource, part, {
        ...common,
        namespace: namespaces[index]!,
        whenForbidden: afterRefusals(refusals, () => forbid(part)),
      }),
    );
  }
  const forbidPods: Forbid<Pod> = (part) => {
    if (needsPods) return;
    part?.forbid();
    sinks.forbidPods?.();
  };

  const running = [
    reflectNamespaces(api, sinks.namespaces, namespaces, refusals, { ...common, expected: known.namespaces }),
    ...reflectWithin('services', sinks.services, services),
    ...reflectWithin('endpointSlices', sinks.endpointSlices, endpointSlices(options.endpointPodNames)),
    ...(options.pods ? reflectWithin('pods', sinks.pods, podResource, forbidPods) : []),
  ];
  await Promise.all(running).catch((error: unknown) => {
    failed.abort();
    throw error;
  });
}

/** What to do where a kind may not be listed: in the one namespace of `part`, or in all when undefined. */
type Forbid<T extends ApiObject> = (part: ScopedSink<T> | undefined) => void;

const forbidPart = (part: { forbid(): void } | undefined): void => part?.forbid();

function afterRefusals(enough: number, forbid: () => void): (refusals: number) => undefined {
  return (refusals) => {
    if (refusals >= enough) forbid();
  };
}

/**
 * Namespaces are cluster-scoped, so a Role cannot grant them: where they are forbidden and only some were requested, these are presumed to exist
 * until access is granted. Where all were requested, those that have Services exist; but an API server that has just started may not know its roles
 * yet, so the first refusals do not count.
 */
function reflectNamespaces(
  api: Api,
  sink: Sink<Namespace>,
  wanted: readonly string[],
  enough: number,
  options: ReflectOptions<Namespace>,
): Promise<void> {
  if (wanted.length === 0)
    return reflect(api, namespaceResource, sink, { ...options, whenForbidden: (refusals) => (refusals < enough ? undefined : []) });
  const only = new Set(wanted);
  const resource: Resource<Namespace> = {
    ...namespaceResource,
    slim: (object, identity, leaveOut) => (only.has(identity.name) ? namespaceResource.slim(object, identity, leaveOut) : undefined),
  };
  const presumed = wanted.map((name): Namespace => Object.freeze({ key: name, uid: '', resourceVersion: '', name }));
  return reflect(api, resource, sink, { ...options, whenForbidden: () => presumed });
}

/** Refusals, over about ten seconds, that an API server's startup does not explain. */
const REFUSALS = 5;
