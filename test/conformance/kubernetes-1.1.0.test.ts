/** Kubernetes DNS specification 1.1.0 and what CoreDNS's clients rely on: the 1,051 recorded questions, with both kinds of source. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { ClusterSinks } from '../../src/cluster/model.ts';
import { connect } from '../../src/kubernetes/api.ts';
import { kubeconfigCredentials } from '../../src/kubernetes/kubeconfig.ts';
import { feedFromManifests } from '../../src/kubernetes/manifests.ts';
import { feedFromApi } from '../../src/kubernetes/source.ts';
import { startFakeApiServer } from '../fakes/api-server/server.ts';
import { inProcessServer } from './in-process.ts';
import { askAll, clusterPath, recordedAnswers, recordedCluster } from './recorded.ts';

const wanted = { pods: false, endpointPodNames: false, namespaces: [], selector: '', clock: systemClock };

/** Feeds the sinks with the recorded cluster until aborted. */
const sources: Record<string, (sinks: ClusterSinks, signal: AbortSignal) => Promise<void>> = {
  manifests: (sinks, signal) => feedFromManifests(clusterPath, sinks, wanted, signal),
  'an API server': async (sinks, signal) => {
    const server = await startFakeApiServer(recordedCluster);
    const folder = await mkdtemp(join(tmpdir(), 'kubezone-'));
    const api = connect(await kubeconfigCredentials(await server.kubeconfig(join(folder, 'config')), '', systemClock));
    try {
      await feedFromApi(api, sinks, { ...wanted, random: () => 0.5 }, signal);
    } finally {
      await server.close();
      await rm(folder, { recursive: true });
    }
  },
};

describe.each(Object.keys(sources))('the recorded questions, the cluster from %s', (source) => {
  it.each(['udp', 'tcp'] as const)('are answered as recorded, %s', async (transport) => {
    const stop = new AbortController();
    const server = inProcessServer();
    const feeding = sources[source]!(server.sinks, stop.signal);
    await Promise.race([server.live, feeding]);
    const wrong = await askAll(server.ask, transport);
    stop.abort();
    await feeding;
    expect(recordedAnswers).toHaveLength(1051);
    expect(wrong).toEqual([]);
  });
});
