/** Upstream responses for tests, and the records of answers made from them; written and read by dns-packet, an independent implementation. */
import { decode, encode, type Answer as PacketRecord, type Packet } from 'dns-packet';
import type { Answer } from '../../src/wire/answer.ts';
import { typeFromName } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { HEADER_SIZE } from '../../src/wire/query.ts';
import { writeQuestion, type Question } from '../../src/wire/question.ts';

export const AA = 0x400;
export const TC = 0x200;
export const RA = 0x80;
export const AD = 0x20;

export const a = (name: string, data = '192.0.2.1', ttl = 300): PacketRecord => ({ name, type: 'A', ttl, data });
export const cname = (name: string, data: string): PacketRecord => ({ name, type: 'CNAME', ttl: 60, data });
export const ns = (name: string, data: string): PacketRecord => ({ name, type: 'NS', ttl: 60, data });
export const soa = (name: string): PacketRecord => ({
  name,
  type: 'SOA',
  ttl: 30,
  data: { mname: `ns.${name}`, rname: `admin.${name}`, serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
});

export function questionOf(name: string, type = 'A', dnssecOk = false): Question {
  return { name: nameFromText(name)!, type: typeFromName(type)!, dnssecOk, checkingDisabled: false };
}

export interface Said {
  readonly flags?: number;
  readonly rcode?: number;
  readonly question?: string;
  readonly answers?: PacketRecord[];
  readonly authorities?: PacketRecord[];
  readonly additionals?: PacketRecord[];
}

export function message(question: Question, said: Said): Uint8Array {
  const { name: owner, type } = decode(Buffer.from(writeQuestion(question, 0, 512))).questions![0]!;
  const { flags = RA, rcode = 0, question: other = owner, answers = [], authorities = [], additionals = [] } = said;
  const packet: Packet = { type: 'response', flags: flags | rcode, questions: [{ name: other, type }], answers, authorities, additionals };
  return encode(packet);
}

/** The records of an answer as dns-packet reads them, each prefixed with its section. */
export function recordsOf(answer: Answer, question: Question): string[] {
  const head = Buffer.from(writeQuestion(question, 0, 512).subarray(0, HEADER_SIZE + question.name.length + 4));
  head.writeUInt16BE(answer.answers, 6);
  head.writeUInt16BE(answer.authorities, 8);
  head.writeUInt16BE(answer.additionals, 10);
  const { answers = [], authorities = [], additionals = [] } = decode(Buffer.concat([head, answer.body]));
  const text = (section: string) => (record: PacketRecord) =>
    `${section} ${record.name} ${record.type} ${'data' in record && typeof record.data === 'string' ? record.data : '…'}`;
  return [...answers.map(text('an')), ...authorities.map(text('au')), ...additionals.map(text('ad'))];
}

/** An OPT record as dns-packet encodes it. */
export function opt(options: readonly object[], extendedRcode = 0): PacketRecord {
  return {
    name: '.',
    type: 'OPT',
    udpPayloadSize: 1232,
    extendedRcode,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [...options],
  } as unknown as PacketRecord;
}

/** A response whose answer records are given in hexadecimal, with an OPT record. */
export function compressed(question: Question, ...answers: string[]): Uint8Array {
  const head = Buffer.from(writeQuestion(question, 7, 512).subarray(0, HEADER_SIZE + question.name.length + 4));
  head[2] = 0x81;
  head[3] = RA;
  head.writeUInt16BE(answers.length, 6);
  return Buffer.concat([head, Buffer.from(answers.join(''), 'hex'), Buffer.from('0000290200000000000000', 'hex')]);
}
