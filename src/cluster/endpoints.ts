/** A Service's endpoints by label: which addresses a label names, and which labels an address has. */
import { addressLabel, labelledAddress } from './labels.ts';
import type { Port } from './model.ts';
import { addressesOf, indexesOfAddress, type Octets } from './octets.ts';
import type { EndpointGroup } from './update.ts';

/** The endpoints that share a label. */
export interface NamedEndpoint {
  /** May contain an address twice. */
  readonly addresses: readonly Octets[];
  /** The groups that contain the label; they tell which ports it listens on. */
  readonly groups: readonly EndpointGroup[];
}

/** Yields the addresses of a group with their labels. */
export function* membersOf(group: EndpointGroup): Generator<[label: string, address: Octets]> {
  let at = 0;
  for (const address of addressesOf(group.addresses, group.addressSize)) yield [labelAt(group, at++, address), address];
}

/** Returns all endpoints by label, built in one pass. It is not kept: that of a large Service takes megabytes. */
export function endpointsByLabel(groups: readonly EndpointGroup[]): Map<string, NamedEndpoint> {
  const byLabel = new Map<string, { addresses: Octets[]; groups: readonly EndpointGroup[] }>();
  for (const group of groups) {
    const alone = [group];
    for (const [label, address] of membersOf(group)) {
      const known = byLabel.get(label);
      if (known === undefined) byLabel.set(label, { addresses: [address], groups: alone });
      else {
        known.addresses.push(address);
        if (known.groups.at(-1) !== group) known.groups = [...known.groups, group];
      }
    }
  }
  return byLabel;
}

/** Returns the endpoints with `label`, given explicitly or spelt from the address; undefined when there are none. */
export function endpointLabelled(groups: readonly EndpointGroup[], label: string): NamedEndpoint | undefined {
  const spelt = labelledAddress(label);
  const addresses: Octets[] = [];
  const having = groups.filter((group) => {
    const found = addressesLabelled(group, label, spelt);
    for (const address of found) addresses.push(address);
    return found.length > 0;
  });
  return having.length === 0 ? undefined : { addresses, groups: having };
}

/** Returns the labels of the address. */
export function labelsOfAddress(groups: readonly EndpointGroup[], address: Octets): Set<string> {
  const labels = new Set<string>();
  for (const group of groups)
    if (group.addressSize === address.length)
      for (const at of indexesOfAddress(group.addresses, address)) labels.add(labelAt(group, at, address));
  return labels;
}

/** Returns the numbers of the groups' ports that are `wanted`, each once. */
export function portNumbers(groups: readonly EndpointGroup[], wanted: (port: Port) => boolean): Set<number> {
  const numbers = new Set<number>();
  for (const { ports } of groups) for (const port of ports) if (wanted(port)) numbers.add(port.port);
  return numbers;
}

function labelAt(group: EndpointGroup, at: number, address: Octets): string {
  return group.labels?.[at] || addressLabel(address);
}

/** Returns the addresses that have `label`, or have none and are spelt so, in the group's order. `spelt`: the address that `label` spells. */
function addressesLabelled({ addresses, addressSize: size, labels }: EndpointGroup, label: string, spelt: Octets | undefined): Octets[] {
  const found: number[] = [];
  if (labels !== undefined) for (let i = labels.indexOf(label); i !== -1; i = labels.indexOf(label, i + 1)) found.push(i);
  if (spelt?.length === size) for (const at of indexesOfAddress(addresses, spelt)) if ((labels?.[at] ?? '') === '') found.push(at);
  return found.sort((a, b) => a - b).map((at) => addresses.slice(at * size, (at + 1) * size));
}
