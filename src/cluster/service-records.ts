/** Names and records of one Service (Kubernetes DNS specification 1.1.0 sections 2.3 to 2.5), made when asked for. */
import { Type } from '../wire/iana.ts';
import { firstLabel, nameFromLabels, nameFromText, parentOf, type Name } from '../wire/name.ts';
import { nameRdata, srvRdata } from '../wire/rdata.ts';
import type { RRset } from '../wire/records.ts';
import { fixedSubtree, type Node, type Subtree } from '../zone/node.ts';
import { addressLabel, labelledAddress } from './labels.ts';
import type { Port } from './model.ts';
import { addressesOf, fromOctets, indexOfAddress, type Octets } from './octets.ts';
import type { EndpointGroup, PublishedService } from './update.ts';

/** `<name>.<namespace>.svc.<clusterDomain>`; undefined when it is too long. */
export function serviceName(service: PublishedService, clusterDomain: Name): Name | undefined {
  return nameFromLabels([service.name, service.namespace, 'svc'], clusterDomain);
}

/** The Service's names, all TTLs `ttl` seconds; undefined when it has none. */
export function serviceSubtree(service: PublishedService, clusterDomain: Name, ttl: number): Subtree | undefined {
  const apex = service.kind === 'unnamed' ? undefined : serviceName(service, clusterDomain);
  if (apex === undefined) return undefined;
  return service.kind === 'externalName' ? aliasSubtree(service, apex, ttl) : new ServiceSubtree(service, apex, ttl);
}

/** Names under which the address stands among the Service's endpoints. */
export function endpointNames(service: PublishedService, apex: Name, address: Octets): Name[] {
  const names = new Set<Name>();
  for (const group of service.endpoints) {
    if (group.addressSize !== address.length) continue;
    for (let at = indexOfAddress(group.addresses, address); at !== -1; at = indexOfAddress(group.addresses, address, at + 1)) {
      const name = nameFromLabels([labelAt(group, at, address)], apex);
      if (name !== undefined) names.add(name);
    }
  }
  return [...names];
}

/** An ExternalName Service: one CNAME, nothing below it. */
function aliasSubtree({ externalName }: PublishedService, apex: Name, ttl: number): Subtree {
  const target = nameFromText(externalName);
  return fixedSubtree(apex, target === undefined ? [] : [{ name: apex, rrsets: [{ type: Type.CNAME, ttl, rdata: [nameRdata(target)] }] }]);
}

/** A ClusterIP or headless Service: itself, its named ports below their protocols, and its endpoints. */
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
    if (parent === this.apex) return label.startsWith('_') ? this.#protocolNode(name, label) : this.#endpointNode(name, label);
    return parentOf(parent) === this.apex ? this.#portNode(name, label, firstLabel(parent)) : undefined;
  }

  *nodes(): Generator<Node> {
    const labels = new Set<string>();
    const ports = this.#service.kind === 'clusterIP' ? this.#service.ports : this.#service.endpoints.flatMap((group) => group.ports);
    for (const { name, protocol } of ports) if (name !== '') labels.add(`_${protocol}`).add(`_${name} _${protocol}`);
    for (const group of this.#service.endpoints) for (const [, label] of membersOf(group)) labels.add(label);
    yield this.#apexNode();
    for (const label of labels) {
      const name = nameFromLabels(label.split(' '), this.apex);
      const node = name && this.nodeAt(name);
      if (node !== undefined) yield node;
    }
  }

  #apexNode(): Node {
    const { kind, clusterIPs, endpoints } = this.#service;
    const addresses =
      kind === 'clusterIP' ? clusterIPs : endpoints.flatMap((group) => [...addressesOf(group.addresses, group.addressSize)]);
    return { name: this.apex, rrsets: [...addressRRsets(addresses, this.#ttl), ...this.#srv(() => true)] };
  }

  /** An empty non-terminal: there are ports of this protocol below it. */
  #protocolNode(name: Name, label: string): Node | undefined {
    return this.#hasPort((port) => port.name !== '' && label === `_${port.protocol}`) ? { name, rrsets: [] } : undefined;
  }

  #portNode(name: Name, portLabel: string, protocolLabel: string): Node | undefined {
    const wanted = (port: Port): boolean => port.name !== '' && `_${port.name}` === portLabel && `_${port.protocol}` === protocolLabel;
    return this.#hasPort(wanted) ? { name, rrsets: this.#srv(wanted) } : undefined;
  }

  #hasPort(wanted: (port: Port) => boolean): boolean {
    const { kind, ports, endpoints } = this.#service;
    return kind === 'clusterIP' ? ports.some(wanted) : endpoints.some((group) => group.ports.some(wanted));
  }

  /** Every address of that hostname or spelling, and the ports it listens on. */
  #endpointNode(name: Name, label: string): Node | undefined {
    const spelt = labelledAddress(label);
    const addresses: Octets[] = [];
    const targets = new Targets();
    for (const group of this.#service.endpoints) {
      const found = membersNamed(group, label, spelt);
      addresses.push(...found);
      if (found.length > 0) for (const { port } of group.ports) targets.add(name, port);
    }
    return addresses.length === 0 ? undefined : { name, rrsets: [...addressRRsets(addresses, this.#ttl), ...targets.rrsets(this.#ttl)] };
  }

  /** SRV records of the wanted ports: to the Service itself, or to each endpoint of a headless one. */
  #srv(wanted: (port: Port) => boolean): RRset[] {
    const { kind, ports, endpoints } = this.#service;
    const targets = new Targets();
    if (kind === 'clusterIP') for (const { port } of ports.filter(wanted)) targets.add(this.apex, port);
    else
      for (const group of endpoints) {
        const numbers = group.ports.filter(wanted).map(({ port }) => port);
        if (numbers.length === 0) continue;
        for (const [, label] of membersOf(group)) {
          const target = nameFromLabels([label], this.apex);
          if (target !== undefined) for (const port of numbers) targets.add(target, port);
        }
      }
    return targets.rrsets(this.#ttl);
  }
}

/** Targets of an SRV RRset, each with each port once, sharing the weight: CoreDNS counts a target again for each of its addresses. */
class Targets {
  readonly #byKey = new Map<string, readonly [Name, number]>();

  add(target: Name, port: number): void {
    this.#byKey.set(`${target}${port}`, [target, port]);
  }

  rrsets(ttl: number): RRset[] {
    if (this.#byKey.size === 0) return [];
    const weight = Math.max(1, Math.floor(100 / this.#byKey.size));
    return [{ type: Type.SRV, ttl, rdata: [...this.#byKey.values()].map(([target, port]) => srvRdata(0, weight, port, target)) }];
  }
}

/** A and AAAA of the addresses, each once. */
export function addressRRsets(addresses: readonly Octets[], ttl: number): RRset[] {
  const unique = [...new Set(addresses)];
  return ([4, 16] as const).flatMap((size) => {
    const rdata = unique.filter((address) => address.length === size).map(fromOctets);
    return rdata.length === 0 ? [] : [{ type: size === 4 ? Type.A : Type.AAAA, ttl, rdata }];
  });
}

/** Addresses of a group with their labels. */
function* membersOf(group: EndpointGroup): Generator<[address: Octets, label: string]> {
  let at = 0;
  for (const address of addressesOf(group.addresses, group.addressSize)) yield [address, labelAt(group, at++, address)];
}

function labelAt(group: EndpointGroup, at: number, address: Octets): string {
  return group.labels?.[at] || addressLabel(address);
}

/** Addresses that `label` names: by hostname, or by being spelt so where there is no hostname. `spelt`: the address the label spells. */
function membersNamed({ addresses, addressSize: size, labels }: EndpointGroup, label: string, spelt: Octets | undefined): Octets[] {
  const found: Octets[] = [];
  if (labels !== undefined)
    for (let i = labels.indexOf(label); i !== -1; i = labels.indexOf(label, i + 1)) found.push(addresses.slice(i * size, (i + 1) * size));
  if (spelt?.length !== size) return found;
  for (let i = indexOfAddress(addresses, spelt); i !== -1; i = indexOfAddress(addresses, spelt, i + 1))
    if ((labels?.[i] ?? '') === '') found.push(spelt);
  return found;
}
