/** An update in which nothing changes, for tests to put into it what they are about. */
import type { ClusterUpdate } from '../../src/cluster/update.ts';

export const nothingChanges: ClusterUpdate = {
  serial: 1,
  state: 'live',
  services: [],
  removedServices: [],
  namespaces: { added: [], removed: [] },
  pods: { added: [], removed: [] },
};
