/** What options other than zones and upstreams do to a question: access rules, views, search paths, lists, rebinding protection, ANY, AAAA. */
import type { Explanation } from '../../src/cluster/explanation.ts';
import type { Options } from '../../src/config/options.ts';
import { compileAcl } from '../../src/query/acl/acl.ts';
import { rulesOn } from '../../src/query/acl/rules-on.ts';
import { searchedFor } from '../../src/query/autopath.ts';
import { valueOf } from '../../src/query/compiled.ts';
import { isBelowAny, suffixSet } from '../../src/query/suffixes.ts';
import { namespaceOfName } from '../../src/query/views/place.ts';
import { compileViews, Visibility } from '../../src/query/views/view-rule.ts';
import { Type } from '../../src/wire/iana.ts';
import { nameFromText, nameToText, type Name } from '../../src/wire/name.ts';
import { zoneNames } from './zones-options.ts';

/** An access rule that a query for the name meets. */
export interface AccessRule {
  readonly rule: string;
  /** Whether it applies to every client, or only to those that it names. */
  readonly everyone: boolean;
  /** The name that it is met on, where that is what the aliases of our zones lead to. */
  readonly alias?: string;
}

/**
 * Returns the rules that may decide, in their order; none after one that applies to every client can. Then those on the names of `chain`, which the
 * name's aliases lead to.
 */
export function accessRules(
  name: Name,
  type: number,
  options: Pick<Options, 'acl' | 'clusterDomain' | 'reverseZones'>,
  chain: readonly string[] = [],
): AccessRule[] {
  const zones = zoneNames(options);
  const rules = valueOf(compileAcl(options.acl, zones));
  const metOn = (one: Name): AccessRule[] =>
    rulesOn(rules, zones, one, type).map((index) => ({ rule: options.acl[index]!, everyone: rules[index]!.from.length === 0 }));
  // Aliases are followed for these types only.
  const followed = type === Type.A || type === Type.AAAA ? chain : [];
  return [...metOn(name), ...followed.flatMap((alias) => metOn(nameFromText(alias)!).map((rule) => ({ ...rule, alias })))];
}

/** Whether some rule keeps the answer from every client: the last one met on a name applies to all, and none on that name lets any through. */
export function keepsFromAll(access: readonly AccessRule[]): boolean {
  const byName = [...Map.groupBy(access, ({ alias }) => alias).values()];
  return byName.some((rules) => rules.at(-1)!.everyone && rules.every(({ rule }) => !rule.trim().startsWith('allow')));
}

type OtherOptions = Pick<
  Options,
  'clusterDomain' | 'namespaceViews' | 'autopath' | 'any' | 'filterAaaa' | 'rpz' | 'blocklist' | 'rebindProtection' | 'rebindAllow'
>;

/** Returns one sentence per rule. `namespaces`: those that exist; called only where they matter. */
export function otherRules(
  name: Name,
  type: number,
  options: OtherOptions,
  { outcome, services }: Pick<Explanation, 'outcome' | 'services'>,
  serving: readonly { readonly stage: string; readonly policy?: { readonly action: string } }[],
  namespaces: () => readonly string[],
): string[] {
  // A blocklist or response policy zone answers, before what applies to outside names.
  const isBlocked = serving.some(({ stage }) => stage === 'filter');
  const isForwarded = outcome === 'outside' && serving.every(({ stage }) => stage === 'cache' || stage === 'forward');
  const isSpared = isBelowAny(suffixSet(options.rebindAllow.map((one) => nameFromText(one)!)), name);
  const domain = nameFromText(options.clusterDomain)!;
  const place = namespaceOfName(name, domain);
  const searched = options.autopath && outcome === 'nxdomain' && services.length === 0 ? searchedFor(name, type, domain) : [];
  // Its CNAME is all there is, and is given (query/authority.ts).
  const isAlias = outcome === 'answer' && services.some(({ kind }) => kind === 'externalName');
  return [
    ...(place !== undefined && options.namespaceViews.length > 0 ? [seenBy(place.namespace, options.namespaceViews, namespaces())] : []),
    ...(searched.length > 0 ? [`then these are asked for, as the client would (--autopath): ${searched.map(nameToText).join(', ')}`] : []),
    ...(type === Type.ANY && outcome !== 'nxdomain' && !isBlocked && !isAlias ? [ANY[options.any]] : []),
    ...(isForwarded && !serving.some(({ policy }) => policy?.action === 'passthru') ? listsOnAnswers(options) : []),
    ...(isForwarded && options.rebindProtection && !isSpared ? [REBINDING] : []),
    ...(type === Type.AAAA && isForwarded && options.filterAaaa !== 'off' ? [AAAA[options.filterAaaa]] : []),
  ];
}

const ANY = {
  hinfo: 'type ANY gets one HINFO record instead (--any hinfo)',
  tcp: 'type ANY is answered over TCP only (--any tcp)',
  refuse: 'type ANY is refused (--any refuse)',
};
const AAAA = {
  on: 'no data where the name has an IPv4 address (--filter-aaaa on)',
  auto: 'no data where the name has an IPv4 address, until the cluster shows an IPv6 address (--filter-aaaa auto)',
};

const REBINDING =
  "refused where the answer has a private address, or an alias to a name of the cluster's or of a hosts file (--rebind-protection)";

function listsOnAnswers({ rpz, blocklist }: Pick<Options, 'rpz' | 'blocklist'>): string[] {
  return [
    ...(rpz.length > 0 ? ['aliases and addresses in the answer meet the policy zones too (--rpz)'] : []),
    ...(blocklist.length > 0 ? ['aliases in the answer meet the blocklists too (--blocklist)'] : []),
  ];
}

/** Namespaces listed by name, at most: a person reads them. */
const SHOWN = 10;

function seenBy(namespace: string, views: readonly string[], namespaces: readonly string[]): string {
  const visibility = new Visibility(valueOf(compileViews(views)));
  const all = namespaces.filter((client) => visibility.sees(client, namespace));
  const others = visibility.sees(undefined, namespace) ? ['clients that are no known pod'] : [];
  const more = all.length > SHOWN ? [`${all.length - SHOWN} more namespaces`] : [];
  const clients = [...all.slice(0, SHOWN).map((client) => `pods of ${client}`), ...more, ...others];
  return `namespace ${namespace} exists for ${clients.length === 0 ? 'nobody' : clients.join(', ')} (--namespace-views)`;
}
