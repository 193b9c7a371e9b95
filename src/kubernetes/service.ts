/** Services, slimmed to what DNS shows of them (Kubernetes DNS specification 1.1.0). */
import type { Service } from '../cluster/model.ts';
import type { Octets } from '../cluster/octets.ts';
import {
  addressOf,
  booleanOf,
  eachOf,
  fieldsOf,
  hostOf,
  labelOf,
  leaveOutSome,
  listOf,
  textOf,
  wrong,
  type Fields,
  type LeaveOut,
  type Problem,
} from './fields.ts';
import { metadata } from './object-meta.ts';
import { PORT, portsOf } from './ports.ts';
import { each, flag, message, one, text, texts } from './protobuf.ts';
import type { Identity, Resource } from './resource.ts';

/** What publishNotReadyAddresses was before it was a field; the specification still names it (section 2.1). */
const TOLERATE_UNREADY = 'service.alpha.kubernetes.io/tolerate-unready-endpoints';

export const services: Resource<Service> = {
  name: 'services',
  kind: 'Service',
  apiVersion: 'v1',
  namespaced: true,
  metadataOnly: false,
  fieldSelector: '',
  selectable: true,
  neverEmpty: true,
  message: message({
    metadata: metadata([], [TOLERATE_UNREADY]),
    spec: one(
      2,
      message({
        ports: each(1, PORT),
        clusterIP: text(3),
        type: text(4),
        externalName: text(10),
        publishNotReadyAddresses: flag(13),
        clusterIPs: texts(18),
      }),
    ),
  }),
  slim: slimService,
};

function slimService(object: Fields, { key, uid, resourceVersion, namespace, name }: Identity, leaveOut: LeaveOut): Service {
  const spec = fieldsOf(object.spec, 'spec');
  const type = textOf(spec.type, 'spec.type') || 'ClusterIP';
  if (!TYPES.has(type)) throw wrong('spec.type', type, 'ClusterIP, NodePort, LoadBalancer or ExternalName');
  const kind = type === 'ExternalName' ? 'externalName' : spec.clusterIP === 'None' ? 'headless' : 'clusterIP';
  return Object.freeze({
    key,
    uid,
    resourceVersion,
    namespace,
    name: labelOf(name, 'metadata.name'),
    kind,
    clusterIPs: kind === 'clusterIP' ? clusterIPsOf(spec, leaveOut) : NONE,
    externalName: kind === 'externalName' ? hostOf(spec.externalName, 'spec.externalName') : '',
    ports: portsOf(spec.ports, 'spec.ports', leaveOut),
    publishNotReadyAddresses: booleanOf(spec.publishNotReadyAddresses, 'spec.publishNotReadyAddresses', false) || toleratesUnready(object),
  });
}

function toleratesUnready({ metadata }: Fields): boolean {
  return fieldsOf(fieldsOf(metadata, 'metadata').annotations, 'metadata.annotations')[TOLERATE_UNREADY] === 'true';
}

const TYPES: ReadonlySet<string> = new Set(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']);
const NONE: readonly never[] = Object.freeze([]);

/**
 * Returns spec.clusterIPs, or spec.clusterIP where an old server or a manifest has only that. Leaves out unreadable ones, unless none would be left.
 */
function clusterIPsOf(spec: Fields, leaveOut: LeaveOut): readonly Octets[] {
  const all = listOf(spec.clusterIPs, 'spec.clusterIPs');
  if (all.length > 0) {
    const addresses: Octets[] = [];
    const problems: Problem[] = [];
    eachOf(
      all,
      'spec.clusterIPs',
      (problem) => problems.push(problem),
      (text) => void addresses.push(addressOf(text, '')),
    );
    leaveOutSome(problems, addresses.length, leaveOut);
    return Object.freeze(addresses);
  }
  if (textOf(spec.clusterIP, 'spec.clusterIP') === '')
    throw wrong('spec.clusterIP', spec.clusterIP, 'an IP address (an API server assigns it; in a manifest write one) or None');
  return Object.freeze([addressOf(spec.clusterIP, 'spec.clusterIP')]);
}
