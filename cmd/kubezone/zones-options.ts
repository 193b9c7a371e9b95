/** The options of the zones, derived from the program's options. */
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { ExplainOptions } from '../../src/cluster/explain-reasons.ts';
import type { ClusterZonesOptions } from '../../src/cluster/zones.ts';
import type { Options } from '../../src/config/options.ts';
import { parseAddress } from '../../src/wire/address.ts';
import { nameFromText } from '../../src/wire/name.ts';

/** `ownAddresses`: those at which clients reach us. The names are valid: the options were checked. */
export function clusterZonesOptions(options: Options, ownAddresses: readonly Uint8Array[]): ClusterZonesOptions {
  return {
    clusterDomain: nameFromText(options.clusterDomain)!,
    reverseZones: options.reverseZones.map((zone) => nameFromText(zone)!),
    ttl: options.ttl,
    negativeTtl: options.negativeTtl,
    pods: options.pods,
    ownAddresses,
  };
}

/** Returns what explanations of answers depend on. */
export function explainOptions(options: Options): ExplainOptions {
  const { namespaces, selector = '' } = options;
  return { ...clusterZonesOptions(options, reachableAddresses()), namespaces, selector };
}

/** Whether both options make the same zones. */
export function sameZones(one: Options, other: Options): boolean {
  return isDeepStrictEqual(clusterZonesOptions(one, []), clusterZonesOptions(other, []));
}

/** kube-proxy's interface in IPVS mode: it has the cluster IP of every Service, none of which is the machine's own. */
const IPVS_INTERFACE = 'kube-ipvs0';

/** The machine's addresses that others can reach: neither loopback nor link-local, unless there is nothing else. */
export function reachableAddresses(interfaces: NodeJS.Dict<readonly InterfaceAddress[]> = networkInterfaces()): readonly Uint8Array[] {
  const all = Object.entries(interfaces).flatMap(([name, addresses = []]) => (name === IPVS_INTERFACE ? [] : addresses));
  const outside = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  return (outside.length > 0 ? outside : all).map(({ address }) => parseAddress(address)).filter((octets) => octets !== undefined);
}

type InterfaceAddress = Pick<NetworkInterfaceInfo, 'address' | 'internal'>;
