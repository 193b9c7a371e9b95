/** `kubezone explain NAME [TYPE]`: why a name (or an address, for its PTR) has its answer, from a running server or from the source named. */
import { explain } from '../../src/cluster/explain.ts';
import { explanationText } from '../../src/cluster/explanation.ts';
import type { Options } from '../../src/config/options.ts';
import { parseAddress } from '../../src/wire/address.ts';
import { typeFromName, typeName } from '../../src/wire/iana.ts';
import { nameFromText, nameToText, type Name } from '../../src/wire/name.ts';
import { reverseName } from '../../src/wire/reverse-name.ts';
import { askAdmin, DEFAULT_ADMIN } from './ask-admin.ts';
import { EX_USAGE, type Context } from './command.ts';
import { servingText, type FullExplanation } from './full-explanation.ts';
import { knownCluster } from './known-cluster.ts';
import { explainOptions } from './zones-options.ts';

export async function run(options: Options, context: Context): Promise<number> {
  const { positionals, print, complain } = context;
  const [text = ''] = positionals;
  // An address means its reverse name.
  const address = parseAddress(text);
  const [, typeText = address === undefined ? 'A' : 'PTR'] = positionals;
  const name = address === undefined ? nameFromText(text) : reverseName(address);
  const type = typeFromName(typeText);
  if (name === undefined) complain(`kubezone: "${text}" is no domain name; give one such as web.shop.svc.cluster.local`);
  if (type === undefined) complain(`kubezone: "${typeText}" is no record type; give one such as A, AAAA, SRV or TYPE65`);
  if (name === undefined || type === undefined) return EX_USAGE;
  const named = options.manifests !== undefined || options.kubeconfig !== undefined || options.example;
  const found = named
    ? await fromSource(options, context, name, type)
    : ((await askAdmin(
        options.admin ?? DEFAULT_ADMIN,
        `/debug/explain?${new URLSearchParams({ name: nameToText(name), type: typeName(type) }).toString()}`,
        context.signal,
      )) as FullExplanation);
  if (found === undefined) return 1;
  print(options.json ? `${JSON.stringify(found, undefined, 2)}\n` : `${[...explanationText(found), ...servingText(found)].join('\n')}\n`);
  return 0;
}

async function fromSource(options: Options, context: Context, name: Name, type: number): Promise<FullExplanation | undefined> {
  const publisher = await knownCluster(options, context);
  return publisher && explain(name, type, publisher, explainOptions(options));
}
