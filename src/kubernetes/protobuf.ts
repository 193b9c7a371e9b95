/**
 * Reads messages of Kubernetes' protobuf encoding by tables that name their fields, into the objects that their JSON would give. Fields that a table
 * does not name are skipped (protobuf.dev/programming-guides/encoding; field numbers are those of the API's generated.proto files).
 */
import { Problem, type Fields } from './fields.ts';
import { isAt, textAt } from './recent-texts.ts';

/** A message's fields by their tags: field number and wire type. */
export type Message = readonly (Field | undefined)[];

/** Throws a Problem on octets that are not a message. */
export function decode(octets: Uint8Array, message: Message): Fields {
  const cursor = new Cursor(octets);
  return messageAt(cursor, cursor.octets.length, message);
}

/** Like `decode`, but keeps the octets for code that reads a part of them in another way. */
export function decodeKept(octets: Uint8Array, message: Message): Fields {
  const object: Decoded = decode(octets, message);
  object[OCTETS] = octets;
  return object;
}

/** Returns undefined when the object is not from `decodeKept`. */
export function octetsOf(object: Fields): Uint8Array | undefined {
  return (object as Decoded)[OCTETS];
}

/** No field of an object from JSON or YAML has this name. */
const OCTETS = Symbol('octets');

interface Decoded extends Fields {
  [OCTETS]?: Uint8Array;
}

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

const WIRE_TYPES: Readonly<Record<Definition['type'], number>> = {
  text: DELIMITED,
  texts: DELIMITED,
  one: DELIMITED,
  each: DELIMITED,
  some: DELIMITED,
  integer: VARINT,
  flag: VARINT,
};

/** A table of fields, by the names they have in JSON. */
export function message(fields: Readonly<Record<string, Definition>>): Message {
  const byTag: Field[] = [];
  for (const [name, definition] of Object.entries(fields))
    byTag[(definition.number << 3) | WIRE_TYPES[definition.type]] = { name, ...definition };
  // Without holes, which would be looked up in the prototype.
  return Array.from(byTag);
}

export const text = (number: number): Definition => ({ number, type: 'text' });
export const texts = (number: number): Definition => ({ number, type: 'texts' });
export const integer = (number: number): Definition => ({ number, type: 'integer' });
export const flag = (number: number): Definition => ({ number, type: 'flag' });
export const one = (number: number, of: Message): Definition => ({ number, type: 'one', of });
export const each = (number: number, of: Message): Definition => ({ number, type: 'each', of });
/** A map from text to text, of which only these keys are read. */
export const some = (number: number, ...keys: readonly string[]): Definition => ({ number, type: 'some', keys });

export interface Definition {
  readonly number: number;
  readonly type: 'text' | 'texts' | 'one' | 'each' | 'some' | 'integer' | 'flag';
  readonly of?: Message;
  readonly keys?: readonly string[];
}

interface Field extends Definition {
  readonly name: string;
}

/** Tags of a map's entry. */
const KEY = 0x0a;
const VALUE = 0x12;

function messageAt(cursor: Cursor, end: number, table: Message): Fields {
  const object: Record<string, unknown> = {};
  while (cursor.at < end) {
    const tag = cursor.varint();
    const field = table[tag];
    if (field === undefined) cursor.skip(tag & 7, end);
    else read(cursor, end, field, object);
  }
  cursor.mustBeAt(end);
  return object;
}

function read(cursor: Cursor, end: number, { name, type, of, keys }: Field, into: Record<string, unknown>): void {
  switch (type) {
    case 'text':
      into[name] = cursor.text(end);
      break;
    case 'texts':
      append(into, name, cursor.text(end));
      break;
    case 'integer':
      into[name] = cursor.varint();
      break;
    case 'flag':
      into[name] = cursor.varint() !== 0;
      break;
    case 'one':
      into[name] = messageAt(cursor, cursor.endOf(end), of!);
      break;
    case 'each':
      append(into, name, messageAt(cursor, cursor.endOf(end), of!));
      break;
    case 'some':
      readEntry(cursor, cursor.endOf(end), keys!, name, into);
  }
}

/** Most entries are of no interest, and an annotation's value may be long: no text is made of these. */
function readEntry(cursor: Cursor, end: number, keys: readonly string[], name: string, into: Record<string, unknown>): void {
  let key = '';
  let value: Buffer | undefined;
  while (cursor.at < end) {
    const tag = cursor.varint();
    if (tag === KEY) key = cursor.oneOf(keys, end);
    else if (tag === VALUE) value = cursor.bytes(end);
    else cursor.skip(tag & 7, end);
  }
  cursor.mustBeAt(end);
  if (key !== '') into[name] = { ...(into[name] as Fields | undefined), [key]: value?.toString('utf8') ?? '' };
}

function append(into: Record<string, unknown>, name: string, element: unknown): void {
  const elements = into[name] as unknown[] | undefined;
  if (elements === undefined) into[name] = [element];
  else elements.push(element);
}

/** A place in octets. Each method throws a Problem where these end too early. */
export class Cursor {
  readonly octets: Buffer;
  at = 0;

  constructor(octets: Uint8Array) {
    this.octets = Buffer.isBuffer(octets) ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  }

  /** A negative number takes ten octets; its lower 32 bits are read, as no field named here has more. Beyond 2^53 a number is not exact. */
  varint(): number {
    const first = this.octets[this.at++]!;
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let low = value;
    for (let shift = 7; shift < 70; shift += 7) {
      if (this.at >= this.octets.length) throw cut();
      const octet = this.octets[this.at++]!;
      value += (octet & 0x7f) * 2 ** shift;
      if (shift < 32) low |= (octet & 0x7f) << shift;
      if (octet < 0x80) return shift === 63 ? low : value;
    }
    throw new Problem('a number in protobuf is longer than ten octets');
  }

  /** Reads a length; returns the offset after that many octets. */
  endOf(end: number): number {
    const length = this.varint();
    if (length < 0 || length > end - this.at) throw cut();
    return this.at + length;
  }

  text(end: number): string {
    const to = this.endOf(end);
    const text = textAt(this.octets, this.at, to);
    this.at = to;
    return text;
  }

  /** Reads a text; returns '' if it is not one of `texts`, which are ASCII. */
  oneOf(texts: readonly string[], end: number): string {
    const to = this.endOf(end);
    const from = this.at;
    this.at = to;
    for (const text of texts) if (text.length === to - from && isAt(text, this.octets, from)) return text;
    return '';
  }

  /** The octets themselves, not copied. */
  bytes(end: number): Buffer {
    const to = this.endOf(end);
    const octets = this.octets.subarray(this.at, to);
    this.at = to;
    return octets;
  }

  /** What contains the fields read so far must end here. */
  mustBeAt(end: number): void {
    if (this.at !== end) throw cut();
  }

  skip(wireType: number, end: number): void {
    if (wireType === DELIMITED) this.at = this.endOf(end);
    else if (wireType === VARINT) this.varint();
    else if (wireType === FIXED_64) this.at += 8;
    else if (wireType === FIXED_32) this.at += 4;
    else throw new Problem(`wire type ${wireType} is not one that protobuf has`);
  }
}

function cut(): Problem {
  return new Problem('a message in protobuf ends too early');
}
