/** `kubezone zone [ZONE]`: prints the cluster's zones, or one of them, as master files once the first lists are complete. */
import { ClusterZones } from '../../src/cluster/zones.ts';
import type { Options } from '../../src/config/options.ts';
import { nameFromText, nameToText } from '../../src/wire/name.ts';
import { masterFile } from '../../src/zone/presentation.ts';
import { EX_USAGE, type Context } from './command.ts';
import { knownCluster } from './known-cluster.ts';
import { clusterZonesOptions } from './zones-options.ts';

export async function run(options: Options, context: Context): Promise<number> {
  const { positionals, print, complain } = context;
  const [only] = positionals;
  const zones = new ClusterZones(clusterZonesOptions(options));
  if ((await knownCluster(options, context, (update) => zones.apply(update))) === undefined) return 1;
  const wanted = zones.all.filter((zone) => only === undefined || zone.apex === nameFromText(only));
  if (wanted.length === 0)
    complain(`kubezone: zone ${only} is not served; the zones are ${zones.all.map((zone) => nameToText(zone.apex)).join(', ')}`);
  for (const zone of wanted) print(`${[...masterFile(zone)].join('\n')}\n`);
  return wanted.length > 0 ? 0 : EX_USAGE;
}
