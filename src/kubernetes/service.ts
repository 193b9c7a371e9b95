/** Services, slimmed to what DNS shows of them (Kubernetes DNS specification 1.1.0). */
import type { Port, Service } from '../cluster/model.ts';
import type { Fields } from './fields.ts';
import { addressOf, booleanOf, fieldsOf, hostOf, labelOf, listOf, portNumberOf, protocolOf, textOf, wrong } from './fields.ts';
import type { Identity, Resource } from './resource.ts';

export const services: Resource<Service> = {
  name: 'services',
  kind: 'Service',
  apiVersion: 'v1',
  namespaced: true,
  metadataOnly: false,
  fieldSelector: '',
  selectable: true,
  neverEmpty: true,
  slim: slimService,
};

function slimService(object: Fields, { key, uid, resourceVersion, namespace, name }: Identity): Service {
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
    clusterIPs: kind === 'clusterIP' ? clusterIPsOf(spec) : NONE,
    externalName: kind === 'externalName' ? hostOf(spec.externalName, 'spec.externalName') : '',
    ports: portsOf(spec),
    publishNotReadyAddresses: booleanOf(spec.publishNotReadyAddresses, 'spec.publishNotReadyAddresses', false),
  });
}

const TYPES: ReadonlySet<string> = new Set(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']);
const NONE: readonly never[] = Object.freeze([]);

/** spec.clusterIPs, or spec.clusterIP where an old server or a manifest has only that. */
function clusterIPsOf(spec: Fields): readonly Uint8Array[] {
  const all = listOf(spec.clusterIPs, 'spec.clusterIPs');
  if (all.length > 0) return Object.freeze(all.map((text, index) => addressOf(text, `spec.clusterIPs[${index}]`)));
  if (textOf(spec.clusterIP, 'spec.clusterIP') === '')
    throw wrong('spec.clusterIP', spec.clusterIP, 'an IP address (an API server assigns it; in a manifest write one) or None');
  return Object.freeze([addressOf(spec.clusterIP, 'spec.clusterIP')]);
}

function portsOf(spec: Fields): readonly Port[] {
  const ports = listOf(spec.ports, 'spec.ports').map((value, index): Port => {
    const where = `spec.ports[${index}]`;
    const port = fieldsOf(value, where);
    return Object.freeze({
      name: textOf(port.name, `${where}.name`) === '' ? '' : labelOf(port.name, `${where}.name`),
      protocol: protocolOf(port.protocol, `${where}.protocol`),
      port: portNumberOf(port.port, `${where}.port`),
    });
  });
  return ports.length === 0 ? NONE : Object.freeze(ports);
}
