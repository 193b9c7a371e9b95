/** Splits bodies in protobuf as their octets arrive: a list into its items, a watch into its events. */
import { Problem, type Fields } from './fields.ts';
import type { EventSplitter } from './format.ts';
import { createOctetCutter } from './octet-cutter.ts';
import { decode, type Message } from './protobuf.ts';
import { shown } from './shown.ts';

/** `k8s` and a zero octet, before each whole object. */
export const MAGIC: Uint8Array = Uint8Array.of(0x6b, 0x38, 0x73, 0);

export function isMagic(octets: Uint8Array): boolean {
  return MAGIC.every((octet, at) => octets[at] === octet);
}

/** In a watch, each event comes after its length: four octets, the most significant first. */
export function createEventSplitter(): EventSplitter {
  const cutter = createOctetCutter((octets, at) => (octets.length - at < LENGTH_SIZE ? undefined : LENGTH_SIZE + octets.readUInt32BE(at)));
  return {
    push(chunk) {
      const events: Uint8Array[] = [];
      cutter.push(chunk, (piece) => events.push(piece.subarray(LENGTH_SIZE)));
      return events;
    },
    isWhole: () => cutter.pending() === 0,
  };
}

const LENGTH_SIZE = 4;

/** A field of the length-delimited wire type: all that stand above a list's items. */
interface Header {
  readonly tag: number;
  /** Octets of tag and length. */
  readonly size: number;
  /** Octets after these. */
  readonly length: number;
}

/** The tag of runtime.Unknown's field that holds the list. */
const RAW = 0x12;
/** The tags of a list's two fields: ListMeta, and each item. */
const METADATA = 0x0a;
const ITEM = 0x12;

export interface ListSplitter {
  readonly push: (chunk: Uint8Array) => readonly Uint8Array[];
  readonly metadata: (message: Message) => Fields | undefined;
}

/** A list is the magic and runtime.Unknown, whose field `raw` has ListMeta and the items: only that field is entered. */
export function createListSplitter(): ListSplitter {
  let begun = false;
  let header: Header | undefined;
  /** Octets of the list still to come; undefined before its length. */
  let left: number | undefined;
  let metadata: Uint8Array | undefined;

  const isWithin = (): boolean => left !== undefined && left > 0;

  const cutter = createOctetCutter((octets, at) => {
    if (!begun) return MAGIC.length;
    header = headerAt(octets, at);
    if (header === undefined) return undefined;
    return header.tag === RAW && left === undefined ? header.size : header.size + header.length;
  });

  /** Returns the piece when it is an item. */
  function itemOf(piece: Buffer): Uint8Array | undefined {
    if (!begun) {
      if (!isMagic(piece)) throw new Problem(`the answer is no list of an API server: it does not begin with k8s but with ${shown(piece)}`);
      begun = true;
      return undefined;
    }
    const { tag, size, length } = header!;
    if (!isWithin()) {
      if (tag === RAW && left === undefined) left = length;
      return undefined;
    }
    left! -= piece.length;
    if (left! < 0) throw new Problem('the answer is no list of an API server: an item is longer than the list');
    if (tag === METADATA) metadata = Uint8Array.prototype.slice.call(piece, size);
    return tag === ITEM ? piece.subarray(size) : undefined;
  }

  return {
    push(chunk) {
      const items: Uint8Array[] = [];
      cutter.push(chunk, (piece) => {
        const item = itemOf(piece);
        if (item !== undefined) items.push(item);
      });
      return items;
    },
    metadata: (message) => (left === 0 && cutter.pending() === 0 ? decode(metadata ?? new Uint8Array(), message) : undefined),
  };
}

/** Returns undefined when it is not all there. */
function headerAt(octets: Buffer, at: number): Header | undefined {
  const tag = octets[at]!;
  if ((tag & 7) !== DELIMITED || tag >= 0x80) throw new Problem(`the answer is no list of an API server: a field with the tag ${tag}`);
  let length = 0;
  for (let to = at + 1; to < octets.length; to++) {
    length += (octets[to]! & 0x7f) * 2 ** (7 * (to - at - 1));
    if (length > MOST || to - at > LONGEST_LENGTH) throw new Problem(`the answer is no list of an API server: a field of ${length} octets`);
    if (octets[to]! < 0x80) return { tag, size: to + 1 - at, length };
  }
  return undefined;
}

const DELIMITED = 2;
/** Protobuf's own limit is 2 GiB, which five octets spell. */
const MOST = 2 ** 31;
const LONGEST_LENGTH = 5;
