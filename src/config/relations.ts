/** Constraints between options that are each valid on their own. */
import type { Options } from './options.ts';
import { optionError, type OptionError } from './written.ts';

interface Relation {
  readonly options: readonly [string, ...string[]];
  holds(options: Options): boolean;
  readonly right: string;
}

/** A name has at most 253 characters, and every cluster domain has the name `dns-version` below it (Kubernetes DNS specification section 2.2). */
const LONGEST_DOMAIN = 253 - 'dns-version.'.length;

const relations: readonly Relation[] = [
  {
    options: ['cache-min-ttl', 'cache-max-ttl'],
    holds: (options) => options.cacheMinTtl <= options.cacheMaxTtl,
    right: 'the least must not be above the greatest',
  },
  {
    options: ['cache-min-negative-ttl', 'cache-max-negative-ttl'],
    holds: (options) => options.cacheMinNegativeTtl <= options.cacheMaxNegativeTtl,
    right: 'the least must not be above the greatest',
  },
  {
    options: ['zones', 'cluster-domain'],
    holds: ({ zones, clusterDomain }) => !Object.keys(zones).some((zone) => `.${zone}`.endsWith(`.${clusterDomain}`)),
    right: "the cluster's own names are answered from memory: nameservers of their zone, or of one below it, would never be asked",
  },
  {
    options: ['zones'],
    // It would silently take the place of --upstream.
    holds: ({ zones }) => !Object.hasOwn(zones, '.'),
    right: '"." is every name outside the other zones: give its nameservers by --upstream',
  },
  {
    options: ['tls-cert', 'tls-key'],
    holds: (options) => (options.tlsCert === undefined) === (options.tlsKey === undefined),
    right: 'give both or neither',
  },
  {
    options: ['listen-tls', 'tls-cert'],
    holds: (options) => options.listenTls.length === 0 || options.tlsCert !== undefined,
    right: 'an encrypted listener needs a certificate and its key',
  },
  {
    options: ['listen-https', 'tls-cert'],
    holds: (options) => options.listenHttps.length === 0 || options.tlsCert !== undefined,
    right: 'an encrypted listener needs a certificate and its key',
  },
  {
    options: ['cluster-domain'],
    holds: (options) => options.clusterDomain.length <= LONGEST_DOMAIN,
    right: `leaves no room for names below it; give one of at most ${LONGEST_DOMAIN} characters`,
  },
  {
    options: ['cluster-domain', 'reverse-zones'],
    holds: (options) => !options.reverseZones.includes(options.clusterDomain),
    right: 'a zone holds either names or addresses: give each its own',
  },
  {
    options: ['manifests', 'kubeconfig'],
    holds: (options) => options.manifests === undefined || options.kubeconfig === undefined,
    right: 'the cluster comes from one of them: give only one',
  },
  {
    options: ['namespace-views', 'pods'],
    holds: ({ namespaceViews, pods }) => namespaceViews.length === 0 || pods === 'verified',
    right:
      'whose pod a client is can be told only where pods are watched: give --pods=verified, or nearly every name is hidden from everybody',
  },
  {
    options: ['context', 'kubeconfig'],
    holds: (options) => options.context === undefined || options.kubeconfig !== undefined,
    right: 'a context is one of a kubeconfig: give both',
  },
];

/** Skips relations of an option in `unknown`: they would be checked against its default. */
export function brokenRelations(options: Options, unknown: ReadonlySet<string>): OptionError[] {
  return relations
    .filter((relation) => !relation.options.some((name) => unknown.has(name)) && !relation.holds(options))
    .map(({ options: names, right }) => optionError(names[0], names.map((name) => `--${name}`).join(' and '), undefined, right));
}
