/** `kubezone explain NAME [TYPE]`: why a name has the answer it has, asked of a running server or worked out from a source that is named. */
import { explain } from '../../src/cluster/explain.ts';
import { explanationText } from '../../src/cluster/explanation.ts';
import type { Options } from '../../src/config/options.ts';
import { typeFromName } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { askAdmin, DEFAULT_ADMIN } from './ask-admin.ts';
import { EX_USAGE, type Context } from './command.ts';
import { servingText, type FullExplanation } from './full-explanation.ts';
import { knownCluster } from './known-cluster.ts';
import { clusterZonesOptions, reachableAddresses } from './zones-options.ts';

export async function run(options: Options, context: Context): Promise<number> {
  const { positionals, print, complain } = context;
  const [text = '', typeText = 'A'] = positionals;
  const name = nameFromText(text);
  const type = typeFromName(typeText);
  if (name === undefined) complain(`kubezone: "${text}" is no domain name; give one such as web.shop.svc.cluster.local`);
  if (type === undefined) complain(`kubezone: "${typeText}" is no record type; give one such as A, AAAA, SRV or TYPE65`);
  if (name === undefined || type === undefined) return EX_USAGE;
  const named = options.manifests !== undefined || options.kubeconfig !== undefined;
  const found = named
    ? await fromSource(options, context, name, type)
    : ((await askAdmin(
        options.admin ?? DEFAULT_ADMIN,
        `/debug/explain?${new URLSearchParams({ name: text, type: typeText }).toString()}`,
        context.signal,
      )) as FullExplanation);
  if (found === undefined) return 1;
  print(options.json ? `${JSON.stringify(found, undefined, 2)}\n` : `${[...explanationText(found), ...servingText(found)].join('\n')}\n`);
  return 0;
}

async function fromSource(
  options: Options,
  context: Context,
  ...question: [Parameters<typeof explain>[0], number]
): Promise<FullExplanation | undefined> {
  const publisher = await knownCluster(options, context);
  return publisher && explain(...question, publisher, clusterZonesOptions(options, reachableAddresses()));
}
