/** The names and records of one Service (Kubernetes DNS specification 1.1.0 sections 2.3 to 2.5), made when they are asked for. */
import { Type } from '../wire/iana.ts';
import { firstLabel, nameFromLabels, nameFromText, parentOf, type Name } from '../wire/name.ts';
import { nameRdata } from '../wire/rdata.ts';
import type { LazyRRset } from '../wire/records.ts';
import { fixedSubtree, type Node, type Subtree } from '../zone/node.ts';
import { addressRRsets, endpointAddressRRsets } from './address-rrsets.ts';
import { endpointLabelled, endpointsByLabel, labelsOfAddress, portNumbers, type NamedEndpoint } from './endpoints.ts';
import { lazily } from './lazily.ts';
import type { Port } from './model.ts';
import type { Octets } from './octets.ts';
import { endpointTargets, haveTargets, srvRRsets, targetAddresses, type Target } from './srv.ts';
import type { PublishedService } from './update.ts';

/** `<name>.<namespace>.svc.<clusterDomain>`; undefined when it is too long. */
export function serviceName(service: PublishedService, clusterDomain: Name): Name | undefined {
  return nameFromLabels([service.name, service.namespace, 'svc'], clusterDomain);
}

/** Returns the Service's names, with a TTL of `ttl` seconds; undefined when it has none. */
export function serviceSubtree(service: PublishedService, clusterDomain: Name, ttl: number): Subtree | undefined {
  const apex = service.kind === 'unnamed' ? undefined : serviceName(service, clusterDomain);
  if (apex === undefined) return undefined;
  return service.kind === 'externalName' ? aliasSubtree(service, apex, ttl) : new ServiceSubtree(service, apex, ttl);
}

/** Returns the names that the address has among the Service's endpoints. */
export function endpointNames({ endpoints }: PublishedService, apex: Name, address: Octets): Name[] {
  return Array.from(labelsOfAddress(endpoints, address), (label) => nameFromLabels([label], apex)).filter((name) => name !== undefined);
}

/** An ExternalName Service: one CNAME, nothing below it. */
function aliasSubtree({ externalName }: PublishedService, apex: Name, ttl: number): Subtree {
  const target = nameFromText(externalName);
  return fixedSubtree(apex, target === undefined ? [] : [{ name: apex, rrsets: [{ type: Type.CNAME, ttl, rdata: [nameRdata(target)] }] }]);
}

/** Returns the ports that SRV records are made from: the Service's own, or those of a headless one's endpoints. */
export function portsOf({ kind, ports, endpoints }: PublishedService): readonly Port[] {
  return kind === 'clusterIP' ? ports : endpoints.flatMap((group) => group.ports);
}

/** The names of a ClusterIP or headless Service: its own, those of its named ports below their protocols, and those of its endpoints. */
class ServiceSubtree implements Subtree {
  readonly apex: Name;
  readonly #service: PublishedService;
  readonly #ttl: number;

  constructor(service: PublishedService, apex: Name, ttl: number) {
    this.apex = apex;
    this.#service = service;
    this.#ttl = ttl;
  }

  nodeAt(name: Name): Node | undefined {
    if (name === this.apex) return this.#apexNode();
    const parent = parentOf(name);
    const label = firstLabel(name);
    if (parent === this.apex) {
      if (label.startsWith('_')) return this.#protocolNode(name, label);
      const endpoint = endpointLabelled(this.#service.endpoints, label);
      return endpoint && this.#endpointNode(name, endpoint);
    }
    return parentOf(parent) === this.apex ? this.#portNode(name, label, firstLabel(parent)) : undefined;
  }

  *nodes(): Generator<Node> {
    const labels = new Set<string>();
    for (const { name, protocol } of portsOf(this.#service)) if (name !== '') labels.add(`_${protocol}`).add(`_${name} _${protocol}`);
    yield this.#apexNode();
    for (const label of labels) {
      const name = nameFromLabels(label.split(' '), this.apex);
      const node = name && this.nodeAt(name);
      if (node !== undefined) yield node;
    }
    for (const [label, endpoint] of endpointsByLabel(this.#service.endpoints)) {
      const name = nameFromLabels([label], this.apex);
      if (name !== undefined) yield this.#endpointNode(name, endpoint);
    }
  }

  #apexNode(): Node {
    const { kind, clusterIPs, endpoints } = this.#service;
    const addresses = kind === 'clusterIP' ? addressRRsets(clusterIPs, this.#ttl) : endpointAddressRRsets(endpoints, this.#ttl);
    return this.#withSrv(this.apex, addresses, () => true);
  }

  /** An empty non-terminal: there are ports of this protocol below it. */
  #protocolNode(name: Name, label: string): Node | undefined {
    return portsOf(this.#service).some((port) => port.name !== '' && label === `_${port.protocol}`) ? { name, rrsets: [] } : undefined;
  }

  #portNode(name: Name, portLabel: string, protocolLabel: string): Node | undefined {
    const wanted = (port: Port): boolean => port.name !== '' && `_${port.name}` === portLabel && `_${port.protocol}` === protocolLabel;
    return portsOf(this.#service).some(wanted) ? this.#withSrv(name, [], wanted) : undefined;
  }

  /** Builds the node of a label: every address that has it, and an SRV record for each port it listens on. */
  #endpointNode(name: Name, { addresses, groups }: NamedEndpoint): Node {
    const targets = Array.from(
      portNumbers(groups, () => true),
      (port): Target => [name, port],
    );
    return { name, rrsets: [...addressRRsets(addresses, this.#ttl), ...srvRRsets(targets, this.#ttl)] };
  }

  /** Builds a node with SRV records for the wanted ports, whose target is the Service itself, or each endpoint of a headless one. */
  #withSrv(name: Name, addresses: readonly LazyRRset[], wanted: (port: Port) => boolean): Node {
    const { kind, ports, endpoints } = this.#service;
    if (kind !== 'clusterIP') {
      const targets = lazily(() => endpointTargets(endpoints, wanted, this.apex));
      const rrsets = [...addresses, ...srvRRsets(targets, this.#ttl, haveTargets(endpoints, wanted, this.apex))];
      return { name, rrsets, targets: lazily(() => targetAddresses(endpoints, targets, this.#ttl)) };
    }
    const numbers = new Set(ports.filter(wanted).map(({ port }) => port));
    const targets = Array.from(numbers, (port): Target => [this.apex, port]);
    return { name, rrsets: [...addresses, ...srvRRsets(targets, this.#ttl)] };
  }
}
