/** A Service's endpoints by their labels: which addresses a label names, and which labels an address has. */
import { addressLabel, labelledAddress } from './labels.ts';
import type { Port } from './model.ts';
import { addressesOf, indexesOfAddress, type Octets } from './octets.ts';
import type { EndpointGroup } from './update.ts';

/** What stands under one label. */
export interface NamedEndpoint {
  /** May hold an address twice. */
  readonly addresses: readonly Octets[];
  /** Those that have the label; they say which ports it listens on. */
  readonly groups: readonly EndpointGroup[];
}

/** Addresses of a group with their labels. */
export function* membersOf(group: EndpointGroup): Generator<[label: string, address: Octets]> {
  let at = 0;
  for (const address of addressesOf(group.addresses, group.addressSize)) yield [labelAt(group, at++, address), address];
}

/** All of them, made at one go. It is not kept: a large Service's takes megabytes. */
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

/** The one of that hostname or spelling. */
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

/** Labels that the address has. */
export function labelsOfAddress(groups: readonly EndpointGroup[], address: Octets): Set<string> {
  const labels = new Set<string>();
  for (const group of groups)
    if (group.addressSize === address.length)
      for (const at of indexesOfAddress(group.addresses, address)) labels.add(labelAt(group, at, address));
  return labels;
}

/** Numbers of the groups' ports that are wanted, each once. */
export function portNumbers(groups: readonly EndpointGroup[], wanted: (port: Port) => boolean): Set<number> {
  const numbers = new Set<number>();
  for (const { ports } of groups) for (const port of ports) if (wanted(port)) numbers.add(port.port);
  return numbers;
}

function labelAt(group: EndpointGroup, at: number, address: Octets): string {
  return group.labels?.[at] || addressLabel(address);
}

/** By hostname, or by being spelt so where there is no hostname, in the group's order. `spelt`: the address the label spells. */
function addressesLabelled({ addresses, addressSize: size, labels }: EndpointGroup, label: string, spelt: Octets | undefined): Octets[] {
  const found: number[] = [];
  if (labels !== undefined) for (let i = labels.indexOf(label); i !== -1; i = labels.indexOf(label, i + 1)) found.push(i);
  if (spelt?.length === size) for (const at of indexesOfAddress(addresses, spelt)) if ((labels?.[at] ?? '') === '') found.push(at);
  return found.sort((a, b) => a - b).map((at) => addresses.slice(at * size, (at + 1) * size));
}
