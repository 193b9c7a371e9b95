/** SRV RRsets, and the addresses of their targets (RFC 2782). */
import { Type } from '../wire/iana.ts';
import { firstLabel, MAX_LABEL, MAX_NAME, nameFromLabels, type Name } from '../wire/name.ts';
import { srvRdata } from '../wire/rdata.ts';
import type { LazyRRset } from '../wire/records.ts';
import type { Node } from '../zone/node.ts';
import { addressRRsets } from './address-rrsets.ts';
import { endpointsByLabel, membersOf, portNumbers } from './endpoints.ts';
import { lazily } from './lazily.ts';
import type { Port } from './model.ts';
import type { EndpointGroup } from './update.ts';

export type Target = readonly [name: Name, port: number];

/** The total weight, shared equally by the records; with more records than this, each has 1. */
const WEIGHT = 100;

/**
 * Returns one RRset, or none without targets; `any`: whether there are some. CoreDNS counts a target once per address when it divides the weight;
 * here each counts once.
 */
export function srvRRsets(targets: Iterable<Target>, ttl: number, any: boolean = countUpTo(1, targets) > 0): LazyRRset[] {
  return any ? [{ type: Type.SRV, ttl, rdata: lazily(() => records(targets)) }] : [];
}

/** Whether `endpointTargets` yields any, told without making one where every label fits below `apex`: a query for addresses asks this too. */
export function haveTargets(groups: readonly EndpointGroup[], wanted: (port: Port) => boolean, apex: Name): boolean {
  if (apex.length + 1 + MAX_LABEL > MAX_NAME) return countUpTo(1, endpointTargets(groups, wanted, apex)) > 0;
  return groups.some(({ ports }) => ports.some(wanted));
}

/** Yields each endpoint with each wanted port, once. */
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

/** Yields each target once, with all its addresses. */
export function* targetAddresses(groups: readonly EndpointGroup[], targets: Iterable<Target>, ttl: number): Generator<Node> {
  const endpoints = endpointsByLabel(groups);
  for (const [name] of targets) {
    const label = firstLabel(name);
    const endpoint = endpoints.get(label);
    // Once per endpoint: its further ports have the same addresses.
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
