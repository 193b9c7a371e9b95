/** Where a name says its namespace: `db.team-a.svc.cluster.local`, `10-0-0-1.team-a.pod.cluster.local`. */
import type { Name } from '../../wire/name.ts';

/** A namespace in a name, and where its label lies. */
export interface Place {
  readonly namespace: string;
  readonly offset: number;
}

/** The second label above `zone`, when the first is svc or pod. */
export function namespaceOfName(name: Name, zone: Name): Place | undefined {
  const boundary = name.length - zone.length;
  if (boundary <= 4 || !name.endsWith(zone)) return undefined;
  let kind = -1;
  let offset = -1;
  let at = 0;
  for (; at < boundary; at += 1 + name.charCodeAt(at)) [offset, kind] = [kind, at];
  if (at !== boundary || offset === -1) return undefined;
  const label = name.slice(kind + 1, boundary);
  return label === 'svc' || label === 'pod' ? { namespace: name.slice(offset + 1, kind), offset } : undefined;
}

/**
 * The same name with a namespace that no cluster has, of the same length: the answer is what any absent namespace gets, and its pointers into
 * the question hold for the question that was asked.
 */
export function withoutNamespace(name: Name, { namespace, offset }: Place): Name {
  const from = offset + 1;
  return (name.slice(0, from) + '\0'.repeat(namespace.length) + name.slice(from + namespace.length)) as Name;
}
