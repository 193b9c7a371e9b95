/** The options of the zones, derived from the program's options. */
import type { NetworkInterfaceInfo } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { ExplainOptions } from '../../src/cluster/explain-reasons.ts';
import type { ClusterZonesOptions } from '../../src/cluster/zones.ts';
import type { Address } from '../../src/config/option.ts';
import type { Options } from '../../src/config/options.ts';
import { machineInterfaces } from '../../src/upstream/interfaces.ts';
import { isIPv6, parseAddress } from '../../src/wire/address.ts';
import { nameFromText, type Name } from '../../src/wire/name.ts';

/** The names are valid: the options were checked. */
export function clusterZonesOptions(options: Options, interfaces?: Interfaces): ClusterZonesOptions {
  return {
    clusterDomain: nameFromText(options.clusterDomain)!,
    reverseZones: options.reverseZones.map((zone) => nameFromText(zone)!),
    ttl: options.ttl,
    negativeTtl: options.negativeTtl,
    pods: options.pods,
    ownAddresses: ownAddresses(options.listen, interfaces),
  };
}

/** Returns what explanations of answers depend on. */
export function explainOptions(options: Options): ExplainOptions {
  const { namespaces, selector = '' } = options;
  return { ...clusterZonesOptions(options), namespaces, selector };
}

/** Whether both options make the same zones. */
export function sameZones(one: Options, other: Options): boolean {
  return isDeepStrictEqual(clusterZonesOptions(one, {}), clusterZonesOptions(other, {}));
}

/** kube-proxy's interface in IPVS mode: it has the cluster IP of every Service, none of which is the machine's own. */
const IPVS_INTERFACE = 'kube-ipvs0';

/**
 * The addresses at which clients reach us: those listened at, or the machine's where it is all of them. Neither loopback nor link-local ones of IPv6,
 * unless there is nothing else.
 */
export function ownAddresses(listen: readonly Address[], interfaces: Interfaces = machineInterfaces()): readonly Uint8Array[] {
  const named = listen.filter(({ host }) => !EVERY.has(host)).map(({ host }) => host);
  // None named: the default is every address.
  const families = listen.length === 0 ? [4, 6] : listen.flatMap(({ host }) => EVERY.get(host) ?? []);
  const ofMachine = Object.entries(interfaces)
    .flatMap(([name, addresses = []]) => (name === IPVS_INTERFACE ? [] : addresses))
    .map(({ address }) => address)
    .filter((address) => families.includes(isIPv6(address) ? 6 : 4));
  const all = [...new Set([...named, ...ofMachine])];
  const outside = all.filter((address) => !isLocal(address));
  return (outside.length > 0 ? outside : all).map((address) => parseAddress(address)).filter((octets) => octets !== undefined);
}

/** Hosts that mean all addresses of the machine, and of which families. */
const EVERY: ReadonlyMap<string, readonly (4 | 6)[]> = new Map([
  ['', [4, 6]],
  ['0.0.0.0', [4]],
  ['::', [6]],
]);

function isLocal(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('fe80:');
}

type Interfaces = NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address'>[]>;

/** The apexes of the cluster's zones. */
export function zoneNames({ clusterDomain, reverseZones }: Pick<Options, 'clusterDomain' | 'reverseZones'>): readonly Name[] {
  return [clusterDomain, ...reverseZones].map((zone) => nameFromText(zone)!);
}
