/** Whether DNS shows no difference between two states of a Service. */
import type { Port } from './model.ts';
import type { EndpointGroup, PublishedService } from './update.ts';

/** Compared by hand, since most changes of a large cluster change one address, and JSON of both would take longer than all else. */
export function sameService(a: PublishedService, b: PublishedService): boolean {
  return (
    a.key === b.key &&
    a.kind === b.kind &&
    a.externalName === b.externalName &&
    sameList(a.endpoints, b.endpoints, sameGroup) &&
    sameList(a.clusterIPs, b.clusterIPs, Object.is) &&
    samePorts(a.ports, b.ports)
  );
}

export function samePorts(a: readonly Port[], b: readonly Port[]): boolean {
  return sameList(a, b, samePort);
}

function sameGroup(a: EndpointGroup, b: EndpointGroup): boolean {
  return (
    a.addressSize === b.addressSize &&
    a.addresses === b.addresses &&
    (a.labels === undefined || b.labels === undefined ? a.labels === b.labels : sameList(a.labels, b.labels, Object.is)) &&
    samePorts(a.ports, b.ports)
  );
}

export function samePort(a: Port, b: Port): boolean {
  return a.port === b.port && a.name === b.name && a.protocol === b.protocol;
}

function sameList<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  return a.length === b.length && a.every((one, i) => same(one, b[i]!));
}
