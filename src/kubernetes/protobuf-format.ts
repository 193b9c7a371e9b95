/** Objects as protobuf (k8s.io/apimachinery/pkg/runtime/serializer/protobuf): a third of JSON's octets, and only the fields read cost anything. */
import { Problem, fieldsOf } from './fields.ts';
import { isEventType, type Format, type Told } from './format.ts';
import { IDENTIFIED } from './object-meta.ts';
import { Cursor, decode, decodeKept, each, integer, message, one, text } from './protobuf.ts';
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
const STATUS = message({
  message: text(3),
  reason: text(4),
  details: one(5, message({ causes: each(4, message({ reason: text(1) })), retryAfterSeconds: integer(5) })),
  code: integer(6),
});

/** Returns the message in the envelope of which each whole object is sent: four octets, then runtime.Unknown. */
function enveloped(octets: Uint8Array): Uint8Array {
  if (!isMagic(octets)) throw new Problem('an object in protobuf that does not begin with k8s');
  const cursor = new Cursor(octets);
  cursor.at = MAGIC.length;
  return bytesAt(cursor, octets.length, RAW);
}

/** Read by hand, since a list of 10,000 objects can be as many events. `raw`: the object in its envelope. */
function eventOf(octets: Uint8Array): { readonly type: string; readonly raw: Uint8Array } {
  const cursor = new Cursor(octets);
  let type = '';
  let raw: Uint8Array = NONE;
  while (cursor.at < octets.length) {
    const tag = cursor.varint();
    if (tag === EVENT_TYPE) type = cursor.text(octets.length);
    else if (tag === EVENT_OBJECT) raw = bytesAt(cursor, cursor.endOf(octets.length), EXTENSION_RAW);
    else cursor.skip(tag & 7, octets.length);
  }
  cursor.mustBeAt(octets.length);
  return { type, raw };
}

/** Reads a message of which only the octets with this tag are wanted. */
function bytesAt(cursor: Cursor, end: number, wanted: number): Uint8Array {
  let octets: Uint8Array = NONE;
  while (cursor.at < end) {
    const tag = cursor.varint();
    if (tag === wanted) octets = cursor.bytes(end);
    else cursor.skip(tag & 7, end);
  }
  cursor.mustBeAt(end);
  return octets;
}

const NONE = new Uint8Array();
/** Tags: of WatchEvent (apimachinery/pkg/apis/meta/v1/generated.proto). */
const EVENT_TYPE = 0x0a;
const EVENT_OBJECT = 0x12;
/** Of runtime.RawExtension and runtime.Unknown. */
const EXTENSION_RAW = 0x0a;
const RAW = 0x12;

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
