/** Constraints between options that are each valid on their own. */
import type { Options } from './options.ts';
import { optionError, type OptionError } from './written.ts';

interface Relation {
  readonly options: readonly [string, ...string[]];
  /** Returns what is wrong and what would be right, with the values where they are the point; undefined if nothing is wrong. */
  readonly wrong: (options: Options) => string | undefined;
}

/** A name has at most 253 characters, and every cluster domain has the name `dns-version` below it (Kubernetes DNS specification section 2.2). */
const LONGEST_DOMAIN = 253 - 'dns-version.'.length;

const relations: readonly Relation[] = [
  {
    options: ['cache-min-ttl', 'cache-max-ttl'],
    wrong: ({ cacheMinTtl, cacheMaxTtl }) => aboveGreatest(cacheMinTtl, cacheMaxTtl),
  },
  {
    options: ['cache-min-negative-ttl', 'cache-max-negative-ttl'],
    wrong: ({ cacheMinNegativeTtl, cacheMaxNegativeTtl }) => aboveGreatest(cacheMinNegativeTtl, cacheMaxNegativeTtl),
  },
  {
    options: ['zones', 'cluster-domain'],
    wrong: ({ zones, clusterDomain }) => neverAsked(Object.keys(zones), clusterDomain),
  },
  {
    options: ['zones'],
    // It would silently take the place of --upstream.
    wrong: ({ zones }) =>
      Object.hasOwn(zones, '.') ? '"." is every name outside the other zones: give its nameservers by --upstream' : undefined,
  },
  {
    options: ['tls-cert', 'tls-key'],
    wrong: ({ tlsCert, tlsKey }) => ((tlsCert === undefined) === (tlsKey === undefined) ? undefined : 'give both or neither'),
  },
  {
    options: ['listen-tls', 'tls-cert'],
    wrong: ({ listenTls, tlsCert }) => withoutCertificate(listenTls, tlsCert),
  },
  {
    options: ['listen-https', 'tls-cert'],
    wrong: ({ listenHttps, tlsCert }) => withoutCertificate(listenHttps, tlsCert),
  },
  {
    options: ['cluster-domain'],
    wrong: ({ clusterDomain }) =>
      clusterDomain.length > LONGEST_DOMAIN
        ? `"${clusterDomain}" leaves no room for names below it; give one of at most ${LONGEST_DOMAIN} characters`
        : undefined,
  },
  {
    options: ['cluster-domain'],
    wrong: ({ clusterDomain }) =>
      clusterDomain === '.' ? '"." holds every name, and no other would be resolved: give the kubelets\' clusterDomain' : undefined,
  },
  {
    options: ['cluster-domain', 'reverse-zones'],
    wrong: ({ clusterDomain, reverseZones }) =>
      reverseZones.includes(clusterDomain) ? `"${clusterDomain}" cannot hold both names and addresses: give each its own zone` : undefined,
  },
  {
    options: ['manifests', 'kubeconfig'],
    wrong: ({ manifests, kubeconfig }) =>
      manifests !== undefined && kubeconfig !== undefined ? 'the cluster comes from one of them: give only one' : undefined,
  },
  {
    options: ['namespace-views', 'pods'],
    wrong: ({ namespaceViews, pods }) =>
      namespaceViews.length > 0 && pods !== 'verified'
        ? `whose pod a client is cannot be told with --pods=${pods}, and nearly every name would be hidden from everybody: give --pods=verified`
        : undefined,
  },
  {
    options: ['context', 'kubeconfig'],
    wrong: ({ context, kubeconfig }) =>
      context !== undefined && kubeconfig === undefined ? `the context "${context}" is one of a kubeconfig: give both` : undefined,
  },
];

/** Skips relations of an option in `unknown`: they would be checked against its default. */
export function brokenRelations(options: Options, unknown: ReadonlySet<string>): OptionError[] {
  return relations.flatMap(({ options: names, wrong }) => {
    const problem = names.some((name) => unknown.has(name)) ? undefined : wrong(options);
    return problem === undefined ? [] : [optionError(names[0], names.map((name) => `--${name}`).join(' and '), undefined, problem)];
  });
}

/** Both in seconds. */
function aboveGreatest(least: number, greatest: number): string | undefined {
  return least > greatest ? `the least, ${least}, must not be above the greatest, ${greatest}` : undefined;
}

function withoutCertificate(listeners: readonly unknown[], certificate: string | undefined): string | undefined {
  return listeners.length > 0 && certificate === undefined ? 'an encrypted listener needs a certificate and its key' : undefined;
}

function neverAsked(zones: readonly string[], clusterDomain: string): string | undefined {
  const never = zones.filter((zone) => `.${zone}`.endsWith(`.${clusterDomain}`)).map((zone) => `"${zone}"`);
  if (never.length === 0) return undefined;
  return `nameservers of ${never.join(', ')} would never be asked: names of the cluster, "${clusterDomain}", are answered from memory`;
}
