/** SRV RRsets, and the addresses of what they point at (RFC 2782). */
import { Type } from '../wire/iana.ts';
import { firstLabel, nameFromLabels, type Name } from '../wire/name.ts';
import { srvRdata } from '../wire/rdata.ts';
import type { LazyRRset } from '../wire/records.ts';
import type { Node } from '../zone/node.ts';
import { addressRRsets } from './address-rrsets.ts';
import { endpointsByLabel, membersOf, portNumbers } from './endpoints.ts';
import { lazily } from './lazily.ts';
import type { Port } from './model.ts';
import type { EndpointGroup } from './update.ts';

export type Target = readonly [name: Name, port: number];

/** What the records share; of more than so many each has 1. */
const WEIGHT = 100;

/** One RRset, or none without targets. CoreDNS counts a target again for each of its addresses; here each has its share once. */
export function srvRRsets(targets: Iterable<Target>, ttl: number): LazyRRset[] {
  return countUpTo(1, targets) === 0 ? [] : [{ type: Type.SRV, ttl, rdata: lazily(() => records(targets)) }];
}

/** Each endpoint with each wanted port, once. */
export function* endpointTargets(groups: readonly EndpointGroup[], wanted: (port: Port) => boolean, apex: Name): Generator<Target> {
  const seen = new Set<string>();
  for (const group of groups) {
    const numbers = portNumbers([group], wanted);
    if (numbers.size === 0) continue;
    for (const [label] of membersOf(group)) {
      const name = nameFromLabels([label], apex);
      if (name === undefined) continue;
      for (const port of numbers) {
        const size = seen.size;
        if (seen.add(`${label} ${port}`).size > size) yield [name, port];
      }
    }
  }
}

/** The targets with all their addresses. */
export function* targetAddresses(groups: readonly EndpointGroup[], targets: Iterable<Target>, ttl: number): Generator<Node> {
  const endpoints = endpointsByLabel(groups);
  for (const [name] of targets) {
    const label = firstLabel(name);
    const endpoint = endpoints.get(label);
    // Its further ports have the same addresses.
    if (endpoint !== undefined && endpoints.delete(label)) yield { name, rrsets: addressRRsets(endpoint.addresses, ttl) };
  }
}

function* records(targets: Iterable<Target>): Generator<Uint8Array, void> {
  const weight = Math.floor(WEIGHT / countUpTo(WEIGHT, targets));
  for (const [name, port] of targets) yield srvRdata(0, weight, port, name);
}

function countUpTo(limit: number, items: Iterable<unknown>): number {
  const reading = items[Symbol.iterator]();
  let count = 0;
  while (count < limit && reading.next().done !== true) count++;
  return count;
}
