/** Pods, slimmed to their addresses; watched only when pod names are verified. */
import type { Pod } from '../cluster/model.ts';
import { addressOf, booleanOf, fieldsOf, listOf, textOf, type Fields } from './fields.ts';
import { metadata } from './object-meta.ts';
import { each, flag, message, one, text } from './protobuf.ts';
import type { Identity, Resource } from './resource.ts';

/** A Pod in one of these phases has released its address, or is not known to have it still; CoreDNS leaves out the same. */
const GONE = ['Succeeded', 'Failed', 'Unknown'];

export const pods: Resource<Pod> = {
  name: 'pods',
  kind: 'Pod',
  apiVersion: 'v1',
  namespaced: true,
  metadataOnly: false,
  fieldSelector: GONE.map((phase) => `status.phase!=${phase}`).join(','),
  selectable: true,
  neverEmpty: false,
  message: message({
    metadata: metadata(),
    spec: one(2, message({ hostNetwork: flag(11) })),
    status: one(3, message({ phase: text(1), podIP: text(6), podIPs: each(12, message({ ip: text(1) })) })),
  }),
  slim: slimPod,
};

function slimPod(object: Fields, { key, uid, resourceVersion, namespace, name }: Identity): Pod | undefined {
  const status = fieldsOf(object.status, 'status');
  // The API server selects by phase too; manifests come unselected.
  if (GONE.includes(textOf(status.phase, 'status.phase'))) return undefined;
  const addresses = listOf(status.podIPs, 'status.podIPs').map((entry, index) =>
    addressOf(fieldsOf(entry, `status.podIPs[${index}]`).ip, `status.podIPs[${index}].ip`),
  );
  if (addresses.length === 0 && textOf(status.podIP, 'status.podIP') !== '') addresses.push(addressOf(status.podIP, 'status.podIP'));
  if (addresses.length === 0) return undefined;
  const hostNetwork = booleanOf(fieldsOf(object.spec, 'spec').hostNetwork, 'spec.hostNetwork', false);
  return Object.freeze({ key, uid, resourceVersion, namespace, name, addresses: Object.freeze(addresses), hostNetwork });
}
