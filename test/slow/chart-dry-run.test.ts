import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { kubeconfigCredentials } from '../../src/kubernetes/kubeconfig.ts';
import { hasHelm, objectsOf, type KubernetesObject } from '../chart/helm.ts';
import { matrix } from '../chart/matrix.ts';

/** Path of a kubeconfig for a cluster that takes dry-run requests; nothing is created in it. */
const kubeconfig = process.env.KUBEZONE_E2E_KUBECONFIG;

const plural: Readonly<Record<string, string>> = { NetworkPolicy: 'networkpolicies' };

/** The path for creating objects of this kind, as a dry run with strict field validation. */
function pathOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  const group = apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
  const within = metadata.namespace === undefined ? '' : `namespaces/${metadata.namespace}/`;
  return `/${group}/${within}${plural[kind] ?? `${kind.toLowerCase()}s`}?dryRun=All&fieldValidation=Strict`;
}

async function create(object: KubernetesObject): Promise<{ status: number | undefined; says: string }> {
  const { server, access } = await kubeconfigCredentials(kubeconfig!, '', systemClock);
  const { headers, tls } = await access();
  const body = JSON.stringify(object);
  return new Promise((done, failed) => {
    const sent = request(
      new URL(pathOf(object), server),
      { method: 'POST', ...tls, headers: { ...headers, 'content-type': 'application/json' } },
      (response) => void text(response).then((says) => done({ status: response.statusCode, says }), failed),
    );
    sent.on('error', failed).end(body);
  });
}

const operators = ['ServiceMonitor', 'PrometheusRule'];

test.skipIf(!hasHelm || kubeconfig === undefined).each(matrix.map((row) => [row.name, row] as const))(
  '%s: an API server would take every object (skipped without helm and KUBEZONE_E2E_KUBECONFIG)',
  async (_, row) => {
    for (const object of objectsOf(row).filter(({ kind }) => !operators.includes(kind))) {
      // The namespaces in the values do not exist in the cluster, and only the object's fields matter.
      const placed =
        object.metadata.namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace: 'kube-system' } };
      const { status, says } = await create(placed);
      // A cluster with only one address family is not the chart's fault.
      const fine = status === 201 || says.includes('not configured on this cluster');
      expect(fine ? 'created' : says, `${object.kind} ${object.metadata.name}`).toBe('created');
    }
  },
);
