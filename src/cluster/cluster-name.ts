/** Classifies a name of the cluster's zone by its labels alone: whether it is that of a namespace, a Service or a Pod. */
import { labelsOf, type Name } from '../wire/name.ts';
import type { Key } from './model.ts';

export type ClusterName =
  | { readonly of: 'namespace'; readonly namespace: string; readonly branch: 'svc' | 'pod' }
  /** `below`: the labels to the left of the Service's, from left to right. */
  | { readonly of: 'service'; readonly namespace: string; readonly service: string; readonly key: Key; readonly below: readonly string[] }
  | { readonly of: 'pod'; readonly namespace: string; readonly labels: readonly string[] }
  | { readonly of: 'nothing' };

/** `name` must be in the zone `clusterDomain`. */
export function readClusterName(name: Name, clusterDomain: Name): ClusterName {
  const labels = labelsOf(name.slice(0, name.length - clusterDomain.length).concat('\0') as Name);
  const branch = labels.pop();
  const namespace = labels.pop();
  if ((branch !== 'svc' && branch !== 'pod') || namespace === undefined) return { of: 'nothing' };
  if (labels.length === 0) return { of: 'namespace', namespace, branch };
  if (branch === 'pod') return { of: 'pod', namespace, labels };
  const service = labels.pop()!;
  return { of: 'service', namespace, service, key: `${namespace}/${service}`, below: labels };
}
