/** Suggests existing names in place of one that does not exist. */
import { editDistance } from '../edit-distance.ts';
import { isWithin, labelsOf, nameFromLabels, nameToText, type Name } from '../wire/name.ts';
import { readClusterName, type ClusterName } from './cluster-name.ts';
import type { ClusterStore } from './store.ts';

/** Returns names with the trailing dot, the likeliest first. */
export function nearMisses(name: Name, store: ClusterStore, clusterDomain: Name): string[] {
  const texts = (all: readonly (readonly string[])[]): string[] =>
    all
      .map((labels) => nameFromLabels(labels, clusterDomain))
      .filter((found) => found !== undefined)
      .map(nameToText);
  if (!isWithin(name, clusterDomain)) return texts(searched(name, store, clusterDomain));
  const place = readClusterName(name, clusterDomain);
  if (place.of === 'nothing') return [];
  return texts(store.hasNamespace(place.namespace) ? otherServices(place, store) : otherNamespaces(place, store));
}

/** Completes `web.shop` or `web.shop.svc` as a Pod's search path does, when that names a Service: outside a Pod the full name is needed. */
function searched(name: Name, store: ClusterStore, clusterDomain: Name): string[][] {
  const labels = labelsOf(name);
  return [[...labels, 'svc'], labels].filter((whole) => {
    const found = nameFromLabels(whole, clusterDomain);
    const place = found && readClusterName(found, clusterDomain);
    return place?.of === 'service' && store.services.get(place.key) !== undefined;
  });
}

type Inside = Exclude<ClusterName, { of: 'nothing' }>;

/** Returns namespaces of similar spelling; only those that have the Service, if there are any. */
function otherNamespaces(place: Inside, store: ClusterStore): string[][] {
  const near = nearNames(place.namespace, store.namespaceNames());
  if (place.of !== 'service') return near.map((namespace) => [namespace, place.of === 'pod' || place.branch === 'pod' ? 'pod' : 'svc']);
  const having = near.filter((namespace) => store.services.get(`${namespace}/${place.service}`) !== undefined);
  return having.length > 0 ? having.map((namespace) => [place.service, namespace, 'svc']) : near.map((namespace) => [namespace, 'svc']);
}

/** Returns Services of similar spelling in the namespace, and those of the same name in other namespaces. */
function otherServices(place: Inside, store: ClusterStore): string[][] {
  if (place.of !== 'service' || store.services.get(place.key) !== undefined) return [];
  const here: string[] = [];
  const elsewhere: string[] = [];
  for (const { namespace, name } of store.services.values()) {
    if (namespace === place.namespace) here.push(name);
    else if (name === place.service) elsewhere.push(namespace);
  }
  return [
    ...nearNames(place.service, here).map((name) => [name, place.namespace, 'svc']),
    ...elsewhere.slice(0, 3).map((namespace) => [place.service, namespace, 'svc']),
  ];
}

/** Returns up to three of `known`, nearest first, within an edit distance of a third of `word`'s length (at least 1). */
export function nearNames(word: string, known: Iterable<string>): string[] {
  const most = Math.max(1, Math.floor(word.length / 3));
  const near: [name: string, distance: number][] = [];
  for (const name of known) {
    if (name === word || Math.abs(name.length - word.length) > most) continue;
    const distance = editDistance(word, name);
    if (distance <= most) near.push([name, distance]);
  }
  return near
    .sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
    .slice(0, 3)
    .map(([name]) => name);
}
