/** Finds the namespace in the name of a Service or Pod: `db.team-a.svc.cluster.local`, `10-0-0-1.team-a.pod.cluster.local`. */
import type { Name } from '../../wire/name.ts';

/** A namespace in a name, and the offset of its label. */
export interface Place {
  readonly namespace: string;
  readonly offset: number;
}

/** Returns the second label in front of `zone` when the first is svc or pod. */
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
 * Replaces the namespace by one of the same length that no cluster has: the answer is that for any absent namespace, and its compression pointers
 * into the question are valid for the original question too.
 */
export function withoutNamespace(name: Name, { namespace, offset }: Place): Name {
  const from = offset + 1;
  return (name.slice(0, from) + '\0'.repeat(namespace.length) + name.slice(from + namespace.length)) as Name;
}
