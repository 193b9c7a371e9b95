/** Namespaces, of which DNS needs only the name. */
import type { Namespace } from '../cluster/model.ts';
import { metadata } from './object-meta.ts';
import { message } from './protobuf.ts';
import type { Resource } from './resource.ts';
import { labelOf } from './fields.ts';

export const namespaces: Resource<Namespace> = {
  name: 'namespaces',
  kind: 'Namespace',
  apiVersion: 'v1',
  namespaced: false,
  metadataOnly: true,
  fieldSelector: '',
  selectable: false,
  neverEmpty: true,
  message: message({ metadata: metadata() }),
  slim: (_object, { key, uid, resourceVersion, name }) =>
    Object.freeze({ key, uid, resourceVersion, name: labelOf(name, 'metadata.name') }),
};
