/** Feeds the cluster's sinks from what the options name: an API server, a folder of manifests, or the example's manifests. */
import { inClusterCredentials } from '../../src/kubernetes/credentials.ts';
import { connect } from '../../src/kubernetes/api.ts';
import { feedFromManifests, type ManifestObserver } from '../../src/kubernetes/manifests.ts';
import type { ReflectorObserver } from '../../src/kubernetes/observer.ts';
import { observedApi, type RequestObserver } from '../../src/kubernetes/observed-api.ts';
import { feedFromApi, type Known } from '../../src/kubernetes/source.ts';
import { systemClock, systemRandom } from '../../src/clock.ts';
import type { ClusterSinks, Kind } from '../../src/cluster/model.ts';
import type { PublishedState } from '../../src/cluster/update.ts';
import type { Options } from '../../src/config/options.ts';
import { EXAMPLE_MANIFESTS } from './example.ts';
import type { SourceKind } from './source-choice.ts';

export interface SourceObservers {
  readonly manifests: ManifestObserver;
  readonly reflector: ReflectorObserver;
  readonly requests: RequestObserver;
}

export interface FeedMore {
  /** The state before a restart. */
  readonly snapshot?: PublishedState | undefined;
  /** As in ApiSourceOptions. */
  readonly refusals?: number;
}

/** Runs until aborted. Rejects when the source does not exist: no such file, no such context. */
export async function feed(
  kind: SourceKind,
  options: Options,
  sinks: ClusterSinks,
  observers: SourceObservers,
  signal: AbortSignal,
  { snapshot, ...more }: FeedMore = {},
): Promise<void> {
  const wanted = {
    pods: options.pods === 'verified',
    endpointPodNames: options.endpointPodNames,
    namespaces: options.namespaces,
    selector: options.selector ?? '',
    clock: systemClock,
  };
  if (kind === 'manifests' || kind === 'example') {
    const path = kind === 'example' ? EXAMPLE_MANIFESTS : options.manifests!;
    await feedFromManifests(path, sinks, { ...wanted, observer: observers.manifests }, signal);
    return;
  }
  // Imported here, as only a kubeconfig needs it.
  const credentials =
    kind === 'in-cluster'
      ? inClusterCredentials({ clock: systemClock })
      : await (
          await import('../../src/kubernetes/kubeconfig.ts')
        ).kubeconfigCredentials(options.kubeconfig!, options.context ?? '', systemClock);
  const api = observedApi(connect(credentials), systemClock, observers.requests);
  try {
    const { listPageSize: pageSize, streamingList, watchIdleLimit, auditInterval } = options;
    const needsPods = options.namespaceViews.length > 0;
    const asking = { needsPods, pageSize, streaming: streamingList === 'auto', watchIdleLimit, auditInterval };
    const known = snapshot && knownOf(snapshot);
    await feedFromApi(
      api,
      sinks,
      { ...wanted, ...asking, ...more, ...(known && { known }), random: systemRandom, observer: observers.reflector },
      signal,
    );
  } finally {
    api.close();
  }
}

/** Lower bounds: what DNS does not show is not in a snapshot. */
function knownOf({ services, namespaces }: PublishedState): Known {
  return {
    services: services.filter(({ kind }) => kind !== 'unnamed').length,
    endpointSlices: services.filter(({ endpoints }) => endpoints.length > 0).length,
    namespaces: namespaces.length,
  };
}

/** Kinds that must be listed once before anything is answered. */
export function neededKinds(options: Options): readonly Kind[] {
  return ['namespaces', 'services', 'endpointSlices', ...(options.pods === 'verified' ? (['pods'] as const) : [])];
}
