/** The endpoints of a Service's slices, grouped by ports and family, sorted, and without those that are not ready. */
import { cleanPorts, type Complain } from './clean-ports.ts';
import { isLabel } from './labels.ts';
import { READY, type EndpointSlice, type Port } from './model.ts';
import { ipv4At, type Octets } from './octets.ts';
import { samePorts } from './same-service.ts';
import type { EndpointGroup } from './update.ts';

/** Groups are sorted too. `notReadyToo`: the Service publishes all its endpoints. */
export function groupEndpoints(slices: readonly EndpointSlice[], notReadyToo: boolean, complain: Complain): EndpointGroup[] {
  const groups: { readonly ports: readonly Port[]; readonly slices: EndpointSlice[] }[] = [];
  for (const slice of slices) {
    const ports = cleanPorts(slice.ports, complain, slice);
    const group = groups.find(({ ports: others, slices: [one] }) => one!.addressSize === slice.addressSize && samePorts(others, ports));
    if (group === undefined) groups.push({ ports, slices: [slice] });
    else group.slices.push(slice);
  }
  return groups
    .map((group) => pack(group.slices, group.ports, notReadyToo, complain))
    .filter(({ addresses }) => addresses !== '')
    .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

function idOf({ addressSize, ports }: EndpointGroup): string {
  return `${addressSize} ${JSON.stringify(ports)}`;
}

function pack(slices: readonly EndpointSlice[], ports: readonly Port[], notReadyToo: boolean, complain: Complain): EndpointGroup {
  const { addressSize } = slices[0]!;
  const named = slices.some(({ hostnames, podNames }) => hostnames !== undefined || podNames !== undefined);
  if (addressSize === 4 && !named) return { addressSize, addresses: packIPv4(slices, notReadyToo), labels: undefined, ports };
  const entries = sortedWithoutDuplicates(slices.flatMap((slice) => entriesOf(slice, notReadyToo, complain)));
  const labelled = entries.some((entry) => entry.length > addressSize);
  return {
    addressSize,
    addresses: (labelled ? entries.map((entry) => entry.slice(0, addressSize)) : entries).join(''),
    labels: labelled ? entries.map((entry) => entry.slice(addressSize)) : undefined,
    ports,
  };
}

/** Most endpoints are IPv4 without a name: sorted as numbers, and where they were in order already, the slice's own octets. */
function packIPv4(slices: readonly EndpointSlice[], notReadyToo: boolean): Octets {
  const [first] = slices;
  if (slices.length === 1 && isInOrder(first!, notReadyToo)) return first!.addresses;
  const most = slices.reduce((sum, { conditions }) => sum + conditions.length, 0);
  if (numbers.length < most) {
    numbers = new Uint32Array(most);
    octets = Buffer.alloc(most * 4);
  }
  let count = 0;
  for (const { addresses, conditions } of slices)
    for (let i = 0; i < conditions.length; i++) if (notReadyToo || isReady(conditions, i)) numbers[count++] = numberAt(addresses, i);
  sort(numbers, count);
  let at = 0;
  for (let i = 0; i < count; i++) if (i === 0 || numbers[i] !== numbers[i - 1]) at = octets.writeUInt32BE(numbers[i]!, at);
  return octets.toString('latin1', 0, at);
}

/** Reused by every call. */
let numbers = new Uint32Array(0);
let octets = Buffer.alloc(0);

/** Sorts the first `count` numbers; a few, as in most Services, by insertion, because calling V8's own sort takes longer than that. */
function sort(numbers: Uint32Array, count: number): void {
  if (count > FEW) {
    numbers.subarray(0, count).sort();
    return;
  }
  for (let i = 1; i < count; i++) {
    const number = numbers[i]!;
    let at = i;
    for (; at > 0 && numbers[at - 1]! > number; at--) numbers[at] = numbers[at - 1]!;
    numbers[at] = number;
  }
}

const FEW = 32;

function isInOrder({ addresses, conditions }: EndpointSlice, notReadyToo: boolean): boolean {
  for (let i = 0; i < conditions.length; i++) {
    if (!notReadyToo && !isReady(conditions, i)) return false;
    if (i > 0 && numberAt(addresses, i) <= numberAt(addresses, i - 1)) return false;
  }
  return true;
}

function isReady(conditions: string, i: number): boolean {
  return (conditions.charCodeAt(i) & READY) !== 0;
}

/** Returns the IPv4 address of index `i` as a number without sign. */
function numberAt(addresses: Octets, i: number): number {
  return ipv4At(addresses, i * 4) >>> 0;
}

/** Address and label are one string, so that a single sort orders both and puts duplicates together. */
function entriesOf(slice: EndpointSlice, notReadyToo: boolean, complain: Complain): string[] {
  const { addressSize: size, addresses, conditions } = slice;
  const entries: string[] = [];
  for (let i = 0; i < conditions.length; i++)
    if (notReadyToo || isReady(conditions, i)) entries.push(addresses.slice(i * size, (i + 1) * size) + labelOf(slice, i, complain));
  return entries;
}

/** Many times faster than a Set, which would hash every string. */
function sortedWithoutDuplicates(entries: string[]): string[] {
  return entries.sort().filter((entry, i) => entry !== entries[i - 1]);
}

/** Returns the endpoint's hostname, else its Pod's name where that is wanted and is a label, else '' for a label made from the address. */
export function labelOf(slice: EndpointSlice, index: number, complain: Complain = () => {}): string {
  const hostname = slice.hostnames?.[index]?.toLowerCase() ?? '';
  if (isLabel(hostname)) return hostname;
  if (hostname !== '') complain(`EndpointSlice ${slice.key}: hostname "${hostname}" is no DNS label; the endpoint is named by its address`);
  const podName = slice.podNames?.[index]?.toLowerCase() ?? '';
  return isLabel(podName) ? podName : '';
}
