/** Which addresses of a Service have other PTR records after a change (Kubernetes DNS specification 1.1.0 sections 2.3.3 and 2.4.3). */
import type { AddressSize, Octets } from './octets.ts';
import type { EndpointGroup, PublishedService } from './update.ts';

export interface PointerChanges {
  /** Addresses that the Service did not have before, in no order, as are the others. */
  readonly added: Octets[];
  readonly removed: Octets[];
  /** Those that it had and has, but of which the records differ. */
  readonly changed: Octets[];
}

export function pointerChanges(before: PublishedService | undefined, after: PublishedService | undefined): PointerChanges {
  const changes: PointerChanges = { added: [], removed: [], changed: [] };
  if (before !== undefined && after !== undefined && areComparable(before, after)) {
    for (const size of [4, 16] as const) compare(groupOf(before, size), groupOf(after, size), after.clusterIPs, changes);
    return changes;
  }
  const was = pointersOf(before);
  const is = pointersOf(after);
  for (const [address, pointer] of is)
    if (!was.has(address)) changes.added.push(address);
    // The kind decides whether PTR records have an endpoint's name beside another Service's cluster IP.
    else if (was.get(address) !== pointer || before?.kind !== after?.kind) changes.changed.push(address);
  for (const address of was.keys()) if (!is.has(address)) changes.removed.push(address);
  return changes;
}

/** Returns what each address of a Service points at, as text to compare. */
function pointersOf(service: PublishedService | undefined): Map<Octets, string> {
  const pointers = new Map<Octets, string>();
  for (const group of service?.endpoints ?? [])
    for (let i = 0; i < lengthOf(group); i++) {
      const address = addressAt(group, i);
      pointers.set(address, `${pointers.get(address) ?? ''}.${labelAt(group, i)}`);
    }
  for (const address of service?.clusterIPs ?? []) pointers.set(address, 'service');
  return pointers;
}

/**
 * Whether only endpoints differ, and each side has one group of a family at most: nearly all changes, for which walking two sorted lists costs neither
 * a Map nor a text for each of a Service's thousands of endpoints.
 */
function areComparable(before: PublishedService, after: PublishedService): boolean {
  return (
    before.kind === after.kind &&
    before.clusterIPs.join() === after.clusterIPs.join() &&
    [before, after].every(({ endpoints }) =>
      endpoints.every((group, i) => i === 0 || group.addressSize !== endpoints[i - 1]!.addressSize),
    ) &&
    before.endpoints.length <= 2 &&
    after.endpoints.length <= 2
  );
}

function groupOf({ endpoints }: PublishedService, size: AddressSize): EndpointGroup {
  return endpoints.find(({ addressSize }) => addressSize === size) ?? { addressSize: size, addresses: '', labels: undefined, ports: [] };
}

/** `clusterIPs`: on both sides; these point at the Service, whatever its endpoints are. */
function compare(
  before: EndpointGroup,
  after: EndpointGroup,
  clusterIPs: readonly Octets[],
  { added, removed, changed }: PointerChanges,
): void {
  const note = (list: Octets[], address: Octets): void => {
    if (!clusterIPs.includes(address)) list.push(address);
  };
  let i = 0;
  let j = 0;
  while (i < lengthOf(before) || j < lengthOf(after)) {
    const order = orderOf(before, i, after, j);
    const [iNext, jNext] = [order <= 0 ? endOf(before, i) : i, order >= 0 ? endOf(after, j) : j];
    if (order < 0) note(removed, addressAt(before, i));
    else if (order > 0) note(added, addressAt(after, j));
    else if (!haveSameLabels(before, i, iNext, after, j, jNext)) note(changed, addressAt(after, j));
    i = iNext;
    j = jNext;
  }
}

/** Below 0 when the address of index `i` in `a` comes first, or alone. */
function orderOf(a: EndpointGroup, i: number, b: EndpointGroup, j: number): number {
  if (i === lengthOf(a)) return 1;
  if (j === lengthOf(b)) return -1;
  const size = a.addressSize;
  for (let k = 0; k < size; k++) {
    const order = a.addresses.charCodeAt(i * size + k) - b.addresses.charCodeAt(j * size + k);
    if (order !== 0) return order;
  }
  return 0;
}

/** Returns the index after the last entry of the address of index `i`, which has one for each of its labels. */
function endOf(group: EndpointGroup, i: number): number {
  let end = i + 1;
  if (group.labels === undefined) return end;
  while (end < lengthOf(group) && orderOf(group, i, group, end) === 0) end++;
  return end;
}

function haveSameLabels(a: EndpointGroup, i: number, iEnd: number, b: EndpointGroup, j: number, jEnd: number): boolean {
  if (iEnd - i !== jEnd - j) return false;
  if (a.labels === undefined && b.labels === undefined) return true;
  for (let k = 0; i + k < iEnd; k++) if (labelAt(a, i + k) !== labelAt(b, j + k)) return false;
  return true;
}

const lengthOf = ({ addresses, addressSize }: EndpointGroup): number => addresses.length / addressSize;
const addressAt = ({ addresses, addressSize }: EndpointGroup, i: number): Octets => addresses.slice(i * addressSize, (i + 1) * addressSize);
const labelAt = ({ labels }: EndpointGroup, i: number): string => labels?.[i] ?? '';
