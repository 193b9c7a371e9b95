/** The fields of ObjectMeta that are read, in protobuf (k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto). */
import { message, one, some, text, type Definition, type Message } from './protobuf.ts';

/** An object's first field; of its labels and annotations only these are read. */
export function metadata(labels: readonly string[] = [], annotations: readonly string[] = []): Definition {
  const read = { ...IDENTITY, annotations: some(12, ...annotations, INITIAL_EVENTS_END) };
  return one(1, message(labels.length === 0 ? read : { ...read, labels: some(11, ...labels) }));
}

/** Set on the bookmark that completes a streaming list (KEP-3157). */
export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

const IDENTITY = { name: text(1), namespace: text(3), uid: text(5), resourceVersion: text(6) };

/** An object of which only the identity and version are read. */
export const IDENTIFIED: Message = message({ metadata: one(1, message(IDENTITY)) });
