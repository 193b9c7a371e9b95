/** Writes to a real API server, for the tests that KUBEZONE_E2E_KUBECONFIG enables. */
import http from 'node:http';
import https from 'node:https';
import { systemClock } from '../../src/clock.ts';
import { kubeconfigCredentials } from '../../src/kubernetes/kubeconfig.ts';
import { KINDS } from '../fakes/api-server/selection.ts';
import type { KubernetesObject } from '../fakes/api-server/history.ts';

export interface RealApi {
  /** Creates or replaces an object. A Pod is created if missing, and then only its status is replaced. */
  put(object: KubernetesObject): Promise<void>;
  /** `key` is `namespace/name`, or the name. A missing object is not an error. */
  remove(kind: string, key: string): Promise<void>;
}

export async function openRealApi(kubeconfig: string): Promise<RealApi> {
  const credentials = await kubeconfigCredentials(kubeconfig, '', systemClock);

  async function send(method: string, path: string, body?: unknown): Promise<{ status: number; body: KubernetesObject }> {
    const { headers, tls } = await credentials.access();
    const client = credentials.server.startsWith('https') ? https : http;
    return new Promise((resolve, reject) => {
      const options = { method, headers: { ...headers, 'content-type': 'application/json' }, ...tls };
      const request = client.request(credentials.server + path, options, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as KubernetesObject }));
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async function write(method: string, path: string, object: KubernetesObject): Promise<void> {
    const { status, body } = await send(method, path, object);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
  }

  return {
    async put(object) {
      const { namespace, name } = object.metadata;
      const path = collectionOf(object.kind, namespace);
      const { status, body } = await send('GET', `${path}/${name}`);
      const metadata = { ...object.metadata, resourceVersion: body.metadata.resourceVersion };
      if (status === 404) await write('POST', path, object);
      else if (object.kind !== 'Pod') await write('PUT', `${path}/${name}`, { ...object, metadata } as KubernetesObject);
      if (object.kind !== 'Pod') return;
      const { body: created } = await send('GET', `${path}/${name}`);
      await write('PUT', `${path}/${name}/status`, { ...created, status: object.status });
    },
    async remove(kind, key) {
      const [name = '', namespace] = key.split('/').reverse();
      await send('DELETE', `${collectionOf(kind, namespace)}/${name}?gracePeriodSeconds=0`);
    },
  };
}

function collectionOf(kind: string, namespace: string | undefined): string {
  const { plural, apiVersion } = KINDS.find((one) => one.kind === kind)!;
  return `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}`;
}
