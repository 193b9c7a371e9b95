/** Parses what a request selects: kind, namespace, labels and fields. */
import { parseSelector } from '../../../src/kubernetes/selector.ts';
import type { KubernetesObject } from './history.ts';

export interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly group: string;
  readonly apiVersion: string;
}

export const KINDS: readonly Kind[] = [
  { kind: 'Namespace', plural: 'namespaces', group: '', apiVersion: 'v1' },
  { kind: 'Service', plural: 'services', group: '', apiVersion: 'v1' },
  { kind: 'Pod', plural: 'pods', group: '', apiVersion: 'v1' },
  { kind: 'EndpointSlice', plural: 'endpointslices', group: 'discovery.k8s.io', apiVersion: 'discovery.k8s.io/v1' },
];

export interface Selection {
  readonly kind: Kind;
  /** Empty for all namespaces. */
  readonly namespace: string;
  readonly matches: (object: KubernetesObject) => boolean;
  /** Whether a selector narrows it; the server then gives no remainingItemCount. */
  readonly narrowed: boolean;
}

/** Returns undefined when the path is not a collection of a known kind. */
export function selectionOf(url: URL): Selection | undefined {
  const match = PATH.exec(url.pathname);
  const { core, group, version, namespace = '', plural } = match?.groups ?? {};
  const apiVersion = core ?? `${group ?? ''}/${version ?? ''}`;
  const kind = KINDS.find((one) => one.plural === plural && one.apiVersion === apiVersion);
  if (kind === undefined) return undefined;
  const labels = url.searchParams.get('labelSelector') ?? '';
  const fields = url.searchParams.get('fieldSelector') ?? '';
  const selects = parseSelector(labels);
  if (selects === undefined) throw new Error(`labelSelector ${labels}`);
  const fieldsMatch = fieldsOf(fields);
  return {
    kind,
    namespace,
    narrowed: labels !== '' || fields !== '',
    matches: (object) =>
      (namespace === '' || object.metadata.namespace === namespace) && selects(object.metadata.labels ?? {}) && fieldsMatch(object),
  };
}

const PATH = /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))\/(?:namespaces\/(?<namespace>[^/]+)\/)?(?<plural>[^/]+)$/;

function fieldsOf(text: string): (object: KubernetesObject) => boolean {
  const terms = text.split(',').filter((term) => term !== '');
  const tests = terms.map((term) => {
    const [, path = '', operator = '', value = ''] = /^([^!=]+)(!=|==?)(.*)$/.exec(term) ?? [];
    return (object: KubernetesObject): boolean => {
      const found = path.split('.').reduce<unknown>((at, field) => (at as Record<string, unknown> | undefined)?.[field], object) ?? '';
      return operator === '!=' ? found !== value : found === value;
    };
  });
  return (object) => tests.every((holds) => holds(object));
}
