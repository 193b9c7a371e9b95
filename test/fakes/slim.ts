/** Builds the cluster model's objects for tests from short notations. */
import { parseAddress } from '../../src/wire/address.ts';
import {
  READY,
  SERVING,
  TERMINATING,
  type EndpointSlice,
  type Namespace,
  type Pod,
  type Port,
  type Service,
} from '../../src/cluster/model.ts';
import { toOctets, type Octets } from '../../src/cluster/octets.ts';

const unversioned = { uid: '', resourceVersion: '' };

export const namespace = (name: string): Namespace => ({ ...unversioned, key: name, name });

/** `key` is `namespace/name`. `ports` are written `http:80/tcp`, or `:80/udp` without a name. */
export function service(
  key: string,
  {
    clusterIPs = [],
    ports = [],
    ...others
  }: Partial<Omit<Service, 'clusterIPs' | 'ports'>> & { clusterIPs?: string[]; ports?: string[] } = {},
): Service {
  const [namespace = '', name = ''] = key.split('/');
  const kind = others.externalName !== undefined ? 'externalName' : clusterIPs.length > 0 ? 'clusterIP' : 'headless';
  return {
    ...unversioned,
    key,
    namespace,
    name,
    kind,
    clusterIPs: clusterIPs.map(packed),
    externalName: '',
    ports: ports.map(port),
    publishNotReadyAddresses: false,
    ...others,
  };
}

/** Endpoints are written `10.0.0.1` or `10.0.0.1=hostname`, with the prefix `!` when not ready and `~` when terminating. One address family. */
export function slice(
  service: string,
  endpoints: string[],
  { ports = [], suffix = '1', ...others }: Partial<Omit<EndpointSlice, 'ports'>> & { ports?: string[]; suffix?: string } = {},
): EndpointSlice {
  const [namespace = '', of = ''] = service.split('/');
  const parsed = endpoints.map((text) => /^([!~]?)([^=]*)=?(.*)$/.exec(text)!);
  const addresses = parsed.map(([, , address]) => packed(address!));
  const hostnames = parsed.map(([, , , hostname]) => hostname!);
  return {
    ...unversioned,
    key: `${service}-${suffix}`,
    namespace,
    name: `${of}-${suffix}`,
    service: of,
    addressSize: addresses[0]?.length === 16 ? 16 : 4,
    addresses: addresses.join(''),
    conditions: String.fromCharCode(
      ...parsed.map(([, mark]) => (mark === '' ? READY | SERVING : mark === '~' ? SERVING | TERMINATING : 0)),
    ),
    hostnames: hostnames.some((hostname) => hostname !== '') ? hostnames : undefined,
    podNames: undefined,
    ports: ports.map(port),
    lastChange: 0,
    ...others,
  };
}

/** `key` is `namespace/name`. */
export function pod(key: string, ...addresses: string[]): Pod {
  const [namespace = '', name = ''] = key.split('/');
  return { ...unversioned, key, namespace, name, addresses: addresses.map(packed), hostNetwork: false };
}

export const octets = (address: string): Uint8Array => parseAddress(address)!;
const packed = (address: string): Octets => toOctets(octets(address));

function port(text: string): Port {
  const [name = '', rest = ''] = text.split(':');
  const [number = '', protocol = 'tcp'] = rest.split('/');
  return { name, protocol, port: Number(number) };
}
