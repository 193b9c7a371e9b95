/** Joins a Service with its EndpointSlices, as DNS shows them (Kubernetes DNS specification 1.1.0 section 2). */
import { parseAddress } from '../wire/address.ts';
import { nameFromText, ROOT } from '../wire/name.ts';
import { cleanPorts, type Complain } from './clean-ports.ts';
import { groupEndpoints } from './endpoint-groups.ts';
import { isLabel } from './labels.ts';
import type { EndpointSlice, Key, Service } from './model.ts';
import type { PublishedService } from './update.ts';

/**
 * Returns undefined when DNS shows nothing of the Service. `slices`: those of this Service only, in any order; `service` is undefined when there are
 * only slices.
 */
export function joinService(
  key: Key,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
  complain: Complain = () => {},
): PublishedService | undefined {
  const [namespace = '', name = ''] = key.split('/');
  if (!isLabel(namespace) || !isLabel(name)) {
    complain(`${key}: namespace and name must each be a DNS label (small letters, digits and inner hyphens, at most 63); it has no names`);
    return undefined;
  }
  const endpoints = groupEndpoints(slices, service?.publishNotReadyAddresses === true, complain);
  const published = { key, namespace, name, clusterIPs: [], externalName: '', ports: [], endpoints } as const;
  const kind = service === undefined ? 'unnamed' : kindOf(service, complain);
  if (kind === 'clusterIP') return { ...published, kind, clusterIPs: service!.clusterIPs, ports: cleanPorts(service!.ports, complain) };
  if (kind === 'externalName') return { ...published, kind, externalName: service!.externalName.toLowerCase() };
  // Without endpoints, a headless Service is NXDOMAIN (specification section 2.4.1), and an unnamed one has no records at all.
  return endpoints.length === 0 ? undefined : { ...published, kind };
}

function kindOf(service: Service, complain: Complain): PublishedService['kind'] {
  const { kind, externalName } = service;
  if (kind === 'clusterIP' && service.clusterIPs.length === 0) return 'unnamed';
  if (kind !== 'externalName') return kind;
  if (parseAddress(externalName) !== undefined)
    complain(`${service.key}: externalName ${externalName} is an IP address, which cannot be a CNAME's target; use a headless Service`);
  else if ((nameFromText(externalName) ?? ROOT) === ROOT)
    complain(`${service.key}: externalName "${externalName}" is no domain name (labels of 1 to 63 octets, 255 in all)`);
  else return kind;
  return 'unnamed';
}
