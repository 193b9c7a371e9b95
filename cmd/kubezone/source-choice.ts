/** Which cluster is served, and on which addresses, where the options leave it open. */
import type { Address } from '../../src/config/option.ts';
import type { Options } from '../../src/config/options.ts';

export type SourceKind = 'manifests' | 'kubeconfig' | 'in-cluster' | 'example';

/** What Kubernetes mounts into a pod with a service account. */
export const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Returns the source that the options name, or the cluster this runs in, or the example if only this machine can query it. Throws otherwise: in a
 * cluster whose pod has no credentials, the example would be a wrong answer for every name, with authority.
 */
export function chooseSource(
  options: Pick<Options, 'manifests' | 'kubeconfig' | 'example' | 'listen'>,
  environment: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean,
): SourceKind {
  if (options.manifests !== undefined) return 'manifests';
  if (options.kubeconfig !== undefined) return 'kubeconfig';
  if (options.example) return 'example';
  const host = environment.KUBERNETES_SERVICE_HOST ?? '';
  const hasToken = exists(SERVICE_ACCOUNT_TOKEN);
  if (host !== '' && hasToken) return 'in-cluster';
  if (host === '' && !hasToken && options.listen.every(isOfThisMachine)) return 'example';
  throw new Error(`${missing(host, hasToken)}, or name the source: ${SOURCES}`);
}

function isOfThisMachine({ host }: Address): boolean {
  return host === '::1' || host === 'localhost' || host.startsWith('127.');
}

function missing(host: string, hasToken: boolean): string {
  if (host !== '')
    return (
      `this is a pod (KUBERNETES_SERVICE_HOST is ${host}) without credentials for its API server: there is no ${SERVICE_ACCOUNT_TOKEN}; ` +
      'set automountServiceAccountToken: true in the pod and in its service account'
    );
  if (hasToken)
    return (
      `this is a pod (there is ${SERVICE_ACCOUNT_TOKEN}) that is not told where its API server is: KUBERNETES_SERVICE_HOST is not set; ` +
      'delete the pod, so that the kubelet starts it anew, or set KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT in its env'
    );
  return 'there is no cluster to serve: run in a pod with a service account';
}

const SOURCES = '--kubeconfig PATH for a cluster, --manifests PATH for a folder of YAML, or --example for the example cluster';

/** The example needs no privilege for port 53, and serves only this machine. */
export function listenAddresses(options: Pick<Options, 'listen'>, source: SourceKind): readonly Address[] {
  if (options.listen.length > 0) return options.listen;
  return source === 'example' ? [{ host: '127.0.0.1', port: 1053 }] : [{ host: '', port: 53 }];
}
