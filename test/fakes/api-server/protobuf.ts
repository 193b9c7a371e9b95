/** Writes what the fake API server sends in Kubernetes' protobuf encoding. */
import type { KubernetesObject } from './history.ts';
import type { ListBody } from './listing.ts';
import { kinds, listMeta, type Fields, type Type } from './protobuf-fields.ts';

export type { Fields };

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

interface Kinded {
  readonly kind: string;
  readonly apiVersion: string;
}

/** An object or a Status as a whole body. */
export function wholeBody(object: Kinded): Buffer {
  return written((to) => envelope(to, object, () => to.put(bodyOf(object))));
}

export function listOctets(list: ListBody): Buffer {
  const kind = list.kind.replace(/List$/, '');
  return written((to) =>
    envelope(to, list, () => {
      for (const item of list.items.toReversed())
        to.field(2, () => to.put(bodyOf({ ...(item as KubernetesObject), kind }, item as object)));
      to.field(1, () => fieldsOf(to, list.metadata, listMeta));
    }),
  );
}

/** A watch's event, after its length. */
export function eventOctets(type: string, object: Kinded): Buffer {
  if (type !== 'ADDED') return eventAnew(type, object);
  const known = additions.get(object) ?? eventAnew(type, object);
  additions.set(object, known);
  return known;
}

function eventAnew(type: string, object: Kinded): Buffer {
  const event = written((to) => {
    to.field(2, () => to.field(1, () => envelope(to, object, () => to.put(bodyOf(object)))));
    to.field(1, () => to.text(type));
  });
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

/** A message of these fields; one that `table` does not name is an error of the test. */
export function message(fields: object, table: Fields): Buffer {
  return written((to) => fieldsOf(to, fields as Record<string, unknown>, table));
}

/** Objects do not change once they are stored: each is encoded once, so that a benchmark measures the client. */
const bodies = new WeakMap<object, Buffer>();
const additions = new WeakMap<object, Buffer>();

function bodyOf(object: { readonly kind: string }, as: object = object): Buffer {
  const known = bodies.get(as);
  if (known !== undefined) return known;
  const table = kinds[object.kind];
  if (table === undefined) throw new Error(`the fake API server has no field numbers for the kind ${object.kind}`);
  const octets = message({ ...object, kind: undefined, apiVersion: undefined }, table);
  bodies.set(as, octets);
  return octets;
}

/** From the end to the beginning, as Go does: the length of a message is known before it is written. */
interface Backwards {
  put(octets: Uint8Array): void;
  text(text: string): void;
  varint(value: number): void;
  /** A field whose contents are what `write` writes. */
  field(number: number, write: () => void): void;
}

function written(write: (to: Backwards) => void): Buffer {
  let octets = Buffer.allocUnsafe(4_096);
  let at = octets.length;

  /** Makes room for so many octets, and returns where it begins. */
  function room(size: number): number {
    if (size > at) {
      const larger = Buffer.allocUnsafe(Math.max(octets.length * 2, octets.length - at + size));
      octets.copy(larger, larger.length - octets.length);
      at += larger.length - octets.length;
      octets = larger;
    }
    return (at -= size);
  }

  const to: Backwards = {
    put(more) {
      // Making room may replace `octets`.
      const begin = room(more.length);
      octets.set(more, begin);
    },
    text(text) {
      // Almost all is ASCII, and a call of Buffer costs more than a short loop.
      let begin = room(text.length);
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code < 0x80) octets[begin + i] = code;
        else {
          at += text.length;
          begin = room(Buffer.byteLength(text));
          octets.write(text, begin);
          return;
        }
      }
    },
    varint(value) {
      if (value >= 0 && value < 0x80) {
        const begin = room(1);
        octets[begin] = value;
        return;
      }
      const groups: number[] = [];
      for (let rest = BigInt.asUintN(64, BigInt(value)); rest > 0n; rest >>= 7n) groups.push(Number(rest & 0x7fn));
      const begin = room(groups.length);
      groups.forEach((group, i) => (octets[begin + i] = i < groups.length - 1 ? group | 0x80 : group));
    },
    field(number, write) {
      const end = octets.length - at;
      write();
      to.varint(octets.length - at - end);
      to.varint((number << 3) | 2);
    },
  };
  write(to);
  return octets.subarray(at);
}

function envelope(to: Backwards, { kind, apiVersion }: Kinded, body: () => void): void {
  to.field(4, () => undefined);
  to.field(3, () => undefined);
  to.field(2, body);
  to.field(1, () => {
    to.field(2, () => to.text(kind));
    to.field(1, () => to.text(apiVersion));
  });
  to.put(MAGIC);
}

const MAGIC = Buffer.from('k8s\0');

function fieldsOf(to: Backwards, fields: Readonly<Record<string, unknown>>, table: Fields): void {
  for (const name of Object.keys(fields))
    if (fields[name] !== undefined && table[name] === undefined) throw new Error(`the fake API server has no field number for ${name}`);
  for (const [name, number, type] of lastFirst(table)) {
    const value = fields[name];
    if (Array.isArray(value)) for (let i = value.length - 1; i >= 0; i--) valueOf(to, number, type, value[i]);
    else if (value !== undefined && value !== null) valueOf(to, number, type, value);
  }
}

const ordered = new WeakMap<Fields, readonly (readonly [name: string, number: number, type: Type])[]>();

function lastFirst(table: Fields): readonly (readonly [name: string, number: number, type: Type])[] {
  const known =
    ordered.get(table) ??
    Object.entries(table)
      .map(([name, [number, type]]) => [name, number, type] as const)
      .sort((a, b) => b[1] - a[1]);
  ordered.set(table, known);
  return known;
}

function valueOf(to: Backwards, number: number, type: Type, value: unknown): void {
  const nested = (fields: Record<string, unknown>, table: Fields): void => to.field(number, () => fieldsOf(to, fields, table));
  if (typeof type === 'object') nested(value as Record<string, unknown>, type);
  else if (type === 'string') {
    if (typeof value !== 'string') throw new Error(`${JSON.stringify(value)} is no string, which protobuf has at ${number}`);
    to.field(number, () => to.text(value));
  } else if (type === 'integer') {
    if (!Number.isInteger(value)) throw new Error(`${JSON.stringify(value)} is no integer, which protobuf has at ${number}`);
    varintField(to, number, value as number);
  } else if (type === 'boolean') {
    if (typeof value !== 'boolean') throw new Error(`${JSON.stringify(value)} is no boolean, which protobuf has at ${number}`);
    varintField(to, number, value ? 1 : 0);
  } else if (type === 'map') {
    const entries = Object.entries(value as Record<string, string>).sort(([a], [b]) => (a < b ? 1 : -1));
    for (const [key, text] of entries) nested({ key, value: text }, ENTRY);
  } else if (type === 'time') nested({ seconds: Math.floor(Date.parse(value as string) / 1000), nanos: 0 }, TIME);
  else if (type === 'int-or-string')
    nested(typeof value === 'number' ? { type: 0, int: value, text: '' } : { type: 1, int: 0, text: value }, INT_OR_STRING);
  else nested({ raw: JSON.stringify(value) }, RAW);
}

function varintField(to: Backwards, number: number, value: number): void {
  to.varint(value);
  to.varint(number << 3);
}

const ENTRY: Fields = { key: [1, 'string'], value: [2, 'string'] };
const TIME: Fields = { seconds: [1, 'integer'], nanos: [2, 'integer'] };
const INT_OR_STRING: Fields = { type: [1, 'integer'], int: [2, 'integer'], text: [3, 'string'] };
const RAW: Fields = { raw: [1, 'string'] };
