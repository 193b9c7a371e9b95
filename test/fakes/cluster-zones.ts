/** A cluster served without threads: a publisher whose updates are cloned and applied to zones at once; and zones as text. */
import { Publisher, type PublisherOptions } from '../../src/cluster/publisher.ts';
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import { ClusterZones, type ClusterZonesOptions } from '../../src/cluster/zones.ts';
import { nameFromText, nameToText } from '../../src/wire/name.ts';
import { masterFile } from '../../src/zone/presentation.ts';
import type { Zone } from '../../src/zone/zone.ts';
import { fakeClock } from './clock.ts';
import { octets } from './slim.ts';

export const zoneOptions: ClusterZonesOptions = {
  clusterDomain: nameFromText('cluster.local')!,
  reverseZones: [nameFromText('in-addr.arpa')!, nameFromText('ip6.arpa')!],
  ttl: 30,
  negativeTtl: 5,
  pods: 'insecure',
  ownAddresses: [octets('192.0.2.53')],
};

export interface ServedCluster {
  readonly publisher: Publisher;
  readonly zones: ClusterZones;
  readonly updates: ClusterUpdate[];
}

/** Publishes only on `publisher.flush()`, and by default needs only the first list of Services to be live. */
export function servedCluster(publisher: Partial<PublisherOptions> = {}, zones: Partial<ClusterZonesOptions> = {}): ServedCluster {
  const served = new ClusterZones({ ...zoneOptions, ...zones });
  const updates: ClusterUpdate[] = [];
  const post = (update: ClusterUpdate): void => {
    updates.push(update);
    served.apply(structuredClone(update));
  };
  const made = new Publisher({ clock: fakeClock(), needed: ['services'], schedule: () => undefined, post, ...publisher });
  if (publisher.initial !== undefined) for (const update of made.catchUp()) post(update);
  return { zones: served, updates, publisher: made };
}

/** The records as `name TYPE rdata`, sorted, without those that every zone has. */
export function recordTexts(zone: Zone): string[] {
  return [...masterFile(zone)]
    .filter((line) => !line.startsWith(';') && !/\t(SOA|NS)\t/.test(line) && !/^(dns-version|ns\.dns)\.cluster\.local/.test(line))
    .map((line) => line.replace(/\t\d+\tIN\t/, ' ').replace(/\t/g, ' '))
    .sort();
}

/** Every name of the zone, including those without records, sorted. */
export function nameTexts(zone: Zone): string[] {
  return [...zone.nodes()].map(({ name }) => nameToText(name)).sort();
}
