/** `kubezone zone [ZONE]`: prints the cluster's zones as master files, or one of them, once the first lists are complete. */
import { existsSync } from 'node:fs';
import { systemClock } from '../../src/clock.ts';
import { Publisher } from '../../src/cluster/publisher.ts';
import { ClusterZones } from '../../src/cluster/zones.ts';
import type { Options } from '../../src/config/options.ts';
import { noObserver } from '../../src/kubernetes/observer.ts';
import { nameFromText, nameToText } from '../../src/wire/name.ts';
import { masterFile } from '../../src/zone/presentation.ts';
import { EX_USAGE, type Context } from './command.ts';
import { chooseSource } from './source-choice.ts';
import { feed, neededKinds } from './source.ts';
import { clusterZonesOptions, reachableAddresses } from './zones-options.ts';

export async function run(options: Options, { signal, positionals, print, complain }: Context): Promise<number> {
  const [only] = positionals;
  const zones = new ClusterZones(clusterZonesOptions(options, reachableAddresses()));
  const done = new AbortController();
  const publisher = new Publisher({
    clock: systemClock,
    needed: neededKinds(options),
    post: (update) => {
      zones.apply(update);
      if (update.state === 'live') done.abort();
    },
  });
  const observers = {
    manifests: { problem: complain, loaded: () => undefined },
    reflector: { ...noObserver, failed: (_of: unknown, failure: { message: string }) => complain(failure.message) },
  };
  const source = feed(
    chooseSource(options, process.env, existsSync),
    options,
    publisher.store,
    observers,
    AbortSignal.any([signal, done.signal]),
  );
  await source;
  if (!done.signal.aborted) return 1;
  const wanted = zones.all.filter((zone) => only === undefined || zone.apex === nameFromText(only));
  if (wanted.length === 0) complain(`zone ${only} is not served; there is ${zones.all.map((zone) => nameToText(zone.apex)).join(', ')}`);
  for (const zone of wanted) print(`${[...masterFile(zone)].join('\n')}\n`);
  return wanted.length > 0 ? 0 : EX_USAGE;
}
