/** Messages of scenarios: upstream responses, written by dns-packet and read by the server's code, and responses to clients, the other way round. */
import { decode, encode, type Answer as PacketRecord, type Packet } from 'dns-packet';
import { emptyAnswer, Source, writeResponse, type Answer } from '../../src/wire/answer.ts';
import { ExtendedError, Rcode } from '../../src/wire/iana.ts';
import { nameToText } from '../../src/wire/name.ts';
import type { Query } from '../../src/wire/query.ts';
import { isProblem, readResponse } from '../../src/wire/response.ts';

/** A response of an upstream: the name of its RCODE, and its records as words. */
export interface Said {
  readonly rcode: string;
  readonly records: readonly (readonly string[])[];
}

/** Returns the answer that an upstream's response becomes; for a failure, the one that the forwarding stage makes of it. */
export function heard(query: Query, { rcode, records }: Said, now: number): Answer {
  const of = (section: string): PacketRecord[] => records.filter(([word]) => word === section).map((words) => recordOf(words.slice(1)));
  const sent: Packet = {
    type: 'response',
    id: 1,
    flags: (Rcode[rcode as keyof typeof Rcode] as number) | 0x80,
    questions: [{ name: nameToText(query.name).slice(0, -1), type: typeWord(query.type) }],
    answers: of('answer'),
    authorities: of('authority'),
  };
  const question = {
    name: query.name,
    type: query.type,
    dnssecOk: query.edns?.dnssecOk === true,
    checkingDisabled: query.checkingDisabled,
  };
  const result = readResponse(encode(sent), question, now);
  if (!isProblem(result)) return result;
  return emptyAnswer(Rcode[rcode as keyof typeof Rcode], Source.forward, { code: ExtendedError.NO_REACHABLE_AUTHORITY, text: result.text });
}

/** Returns a response as a client reads it: the RCODE, then the records and the extended error in the notation of scenarios. */
export function seen(query: Query, answer: Answer, now: number): string[] {
  const target = new Uint8Array(65_535);
  const form = { limit: 65_535, payloadSize: 1232, rotation: 0, now, options: undefined, recursionAvailable: true };
  const packet = decode(Buffer.from(target.subarray(0, writeResponse(query, answer, target, form))));
  const error = answer.extendedError === undefined ? [] : [`error ${answer.extendedError.code}`];
  const lines = (section: string, records: readonly PacketRecord[] = []): string[] =>
    records.map((record) => `${section} ${textOf(record)}`).toSorted();
  return [rcodeOf(packet), ...lines('answer', packet.answers), ...lines('authority', packet.authorities), ...error];
}

function rcodeOf(packet: ReturnType<typeof decode>): string {
  return (packet as unknown as { rcode: string }).rcode;
}

type TypeWord = NonNullable<Packet['questions']>[number]['type'];

function typeWord(type: number): TypeWord {
  const word = (['A', 'NS', 'CNAME', 'SOA', 'AAAA', 'TXT'] as const).find((known) => NUMBERS[known] === type);
  if (word === undefined) throw new Error(`scenarios know no type ${type}`);
  return word;
}

const NUMBERS: Readonly<Record<string, number>> = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28 };
const SOA_FIELDS = ['serial', 'refresh', 'retry', 'expire', 'minimum'] as const;

function recordOf([name, ttl, type, ...data]: readonly string[]): PacketRecord {
  const numbers = Object.fromEntries(SOA_FIELDS.map((field, i) => [field, Number(data[i + 2])]));
  const soa = { mname: data[0], rname: data[1], ...numbers };
  return { name, ttl: Number(ttl), type, data: type === 'SOA' ? soa : data[0] } as PacketRecord;
}

function textOf(record: PacketRecord): string {
  if (record.type === 'OPT') return 'OPT';
  const { data } = record as { data: unknown };
  return `${record.name} ${(record as { ttl: number }).ttl} ${record.type} ${dataText(data)}`;
}

function dataText(data: unknown): string {
  if (Array.isArray(data)) return data.map(String).join(' ');
  return typeof data === 'object' && data !== null ? Object.values(data).join(' ') : String(data);
}
