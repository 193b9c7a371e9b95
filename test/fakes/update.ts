/** A cluster update without changes, for tests to extend. */
import type { ClusterUpdate } from '../../src/cluster/update.ts';

export const nothingChanges: ClusterUpdate = {
  serial: 1,
  state: 'live',
  services: [],
  removedServices: [],
  namespaces: { added: [], removed: [] },
  pods: { added: [], removed: [] },
};
