/** Which cluster is served, and where: what the options leave open is decided here. */
import type { Address } from '../../src/config/option.ts';
import type { Options } from '../../src/config/options.ts';

export type SourceKind = 'manifests' | 'kubeconfig' | 'in-cluster' | 'example';

/** What Kubernetes mounts into a pod with a service account. */
export const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** The options' cluster; else the one this runs in, where it has credentials; else the example. */
export function chooseSource(
  options: Pick<Options, 'manifests' | 'kubeconfig'>,
  environment: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean,
): SourceKind {
  if (options.manifests !== undefined) return 'manifests';
  if (options.kubeconfig !== undefined) return 'kubeconfig';
  const inCluster = (environment.KUBERNETES_SERVICE_HOST ?? '') !== '' && exists(SERVICE_ACCOUNT_TOKEN);
  return inCluster ? 'in-cluster' : 'example';
}

/** The example needs no right to port 53 and is nobody's business but this machine's. */
export function listenAddresses(options: Pick<Options, 'listen'>, source: SourceKind): readonly Address[] {
  if (options.listen.length > 0) return options.listen;
  return source === 'example' ? [{ host: '127.0.0.1', port: 1053 }] : [{ host: '', port: 53 }];
}
