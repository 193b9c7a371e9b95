/** Objects as protobuf (k8s.io/apimachinery/pkg/runtime/serializer/protobuf): a third of JSON's octets, and only the fields read cost anything. */
import { Problem, fieldsOf } from './fields.ts';
import { isEventType, type Format, type Told } from './format.ts';
import { IDENTIFIED } from './object-meta.ts';
import { bytes, decode, decodeKept, each, integer, message, one, text } from './protobuf.ts';
import { createEventSplitter, createListSplitter, isMagic, MAGIC } from './protobuf-frames.ts';

export const protobuf: Format = {
  items() {
    const { push, metadata } = createListSplitter();
    return { push, metadata: () => metadata(LIST_META) };
  },
  events: createEventSplitter,
  object: decodeKept,
  event(octets, of) {
    const { type, raw } = eventOf(octets);
    if (!isEventType(type)) return undefined;
    return { type, object: type === 'ERROR' ? decode(enveloped(raw), STATUS) : decodeKept(enveloped(raw), of) };
  },
  peekItem: told,
  peekEvent(octets) {
    const { type, raw } = eventOf(octets);
    return type === 'ADDED' ? told(enveloped(raw)) : undefined;
  },
  status(octets) {
    try {
      return decode(enveloped(octets), STATUS);
    } catch (error) {
      if (error instanceof Problem) return { message: '' };
      throw error;
    }
  },
};

const LIST_META = message({ resourceVersion: text(2), continue: text(3) });
const UNKNOWN = message({ raw: bytes(2) });
const WATCH_EVENT = message({ type: text(1), object: one(2, message({ raw: bytes(1) })) });
const STATUS = message({
  message: text(3),
  reason: text(4),
  details: one(5, message({ causes: each(4, message({ reason: text(1) })), retryAfterSeconds: integer(5) })),
  code: integer(6),
});

/** Returns the message in the envelope of which each whole object is sent: four octets, then runtime.Unknown. */
function enveloped(octets: Uint8Array): Uint8Array {
  if (!isMagic(octets)) throw new Problem('an object in protobuf that does not begin with k8s');
  return (decode(octets.subarray(MAGIC.length), UNKNOWN).raw as Uint8Array | undefined) ?? new Uint8Array();
}

function eventOf(octets: Uint8Array): { readonly type: unknown; readonly raw: Uint8Array } {
  const { type, object } = decode(octets, WATCH_EVENT);
  return { type, raw: (fieldsOf(object, 'object').raw as Uint8Array | undefined) ?? new Uint8Array() };
}

function told(octets: Uint8Array): Told {
  const {
    name = '',
    namespace = '',
    uid = '',
    resourceVersion = '',
  } = fieldsOf(decode(octets, IDENTIFIED).metadata, 'metadata') as Identity;
  return { key: namespace === '' ? name : `${namespace}/${name}`, uid, resourceVersion };
}

type Identity = Partial<Record<'name' | 'namespace' | 'uid' | 'resourceVersion', string>>;
