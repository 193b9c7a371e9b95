/** Writes queries octet by octet, so that they can be malformed on purpose, and reads the fields of responses (RFC 1035 section 4.1, RFC 6891). */
import { decode } from 'dns-packet';
import { Class, Type } from '../../src/wire/iana.ts';
import { recordTexts, type RecordText } from './said.ts';

export interface Asked {
  readonly id?: number;
  /** The header's second 16 bits; RD by default. */
  readonly flags?: number;
  /** As text, or as octets, which may be malformed. */
  readonly name?: string | Uint8Array;
  readonly type?: number;
  readonly class?: number;
  /** The header's counts, where they should be wrong. */
  readonly counts?: readonly [questions: number, answers: number, authorities: number, additionals: number];
  /** Additional records, usually one OPT record. */
  readonly edns?: readonly Uint8Array[];
  /** Octets after the last record. */
  readonly behind?: Uint8Array;
}

export const RD = 0x0100;

/** Writes a query with one question, of class IN and type A by default. */
export function message(asked: Asked): Buffer {
  const { id = 4711, flags = RD, name = '.', type = Type.A, edns = [], behind = new Uint8Array(0) } = asked;
  const header = uint16s(id, flags, ...(asked.counts ?? [1, 0, 0, edns.length]));
  const octets = typeof name === 'string' ? nameOctets(name) : name;
  return Buffer.concat([header, octets, uint16s(type, asked.class ?? Class.IN), ...edns, behind]);
}

/** Returns the uncompressed wire format of a name, keeping its case. */
export function nameOctets(text: string): Buffer {
  const labels = text.split('.').filter((label) => label !== '');
  return Buffer.concat([...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label, 'latin1')])), Buffer.from([0])]);
}

export interface Opt {
  readonly size?: number;
  readonly version?: number;
  /** The flags of the TTL field; DO is 0x8000. */
  readonly flags?: number;
  readonly options?: readonly (readonly [code: number, data: Uint8Array])[];
  /** Owner name, instead of the root. */
  readonly owner?: Uint8Array;
  /** RDATA to send instead of the options. */
  readonly rdata?: Uint8Array;
}

export const DO = 0x8000;

export function opt({ size = 1232, version = 0, flags = 0, options = [], owner = Buffer.from([0]), rdata }: Opt = {}): Buffer {
  const data = rdata ?? Buffer.concat(options.map(([code, value]) => Buffer.concat([uint16s(code, value.length), value])));
  return Buffer.concat([owner, uint16s(Type.OPT, size, version, flags, data.length), data]);
}

export interface Response {
  readonly id: number;
  readonly length: number;
  readonly opcode: number;
  /** The set flags as `dig` shows them; `z` is the reserved bit. */
  readonly flags: string;
  /** Including the upper bits from the OPT record. */
  readonly rcode: number;
  /** The echoed question, with its case; undefined without one. */
  readonly question: { readonly name: string; readonly type: number; readonly class: number } | undefined;
  readonly answers: readonly RecordText[];
  readonly authorities: readonly RecordText[];
  readonly additionals: readonly RecordText[];
  readonly edns:
    | { readonly size: number; readonly version: number; readonly flags: number; readonly options: Readonly<Record<number, Buffer>> }
    | undefined;
}

const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [0x8000, 'qr'],
  [0x0400, 'aa'],
  [0x0200, 'tc'],
  [0x0100, 'rd'],
  [0x0080, 'ra'],
  [0x0040, 'z'],
  [0x0020, 'ad'],
  [0x0010, 'cd'],
];

/** Reads a response; throws when the octets are not a DNS message. */
export function readResponse(octets: Uint8Array): Response {
  const buffer = Buffer.from(octets);
  const packet = decode(buffer);
  const flags = buffer.readUInt16BE(2);
  const question = packet.questions?.[0];
  const found = packet.additionals?.find((record) => record.type === 'OPT');
  const end = question === undefined ? 12 : 12 + nameOctets(question.name).length;
  return {
    id: buffer.readUInt16BE(0),
    length: buffer.length,
    opcode: (flags >> 11) & 0xf,
    flags: FLAGS.filter(([bit]) => flags & bit)
      .map(([, name]) => name)
      .join(' '),
    rcode: (flags & 0xf) | ((found?.extendedRcode ?? 0) << 4),
    question: question && { name: `${question.name}.`, type: buffer.readUInt16BE(end), class: buffer.readUInt16BE(end + 2) },
    answers: recordTexts(packet.answers),
    authorities: recordTexts(packet.authorities),
    additionals: recordTexts(packet.additionals),
    edns: found && {
      size: found.udpPayloadSize,
      version: found.ednsVersion,
      flags: found.flags,
      options: Object.fromEntries(found.options.map((option) => [option.code, (option as unknown as { data: Buffer }).data])),
    },
  };
}

/** INFO-CODE of a response's extended DNS error (RFC 8914). */
export function extendedError({ edns }: Response): number | undefined {
  return edns?.options[15]?.readUInt16BE(0);
}

export function uint16s(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => buffer.writeUInt16BE(value, 2 * index));
  return buffer;
}
