/** A query and its response, as the responder passes them to its observer. */
import { emptyAnswer, Source, writeResponse, type Answer } from '../../src/wire/answer.ts';
import { parseAddress } from '../../src/wire/address.ts';
import { typeFromName } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { QueryReader, type Query, type Transport } from '../../src/wire/query.ts';
import { writeQuestion } from '../../src/wire/question.ts';

export interface Said {
  readonly name?: string;
  readonly type?: string;
  readonly rcode?: number;
  readonly source?: Source;
  readonly from?: string;
  readonly port?: number;
  readonly transport?: Transport;
  readonly dnssecOk?: boolean;
  readonly id?: number;
  readonly receivedAt?: number;
  readonly authoritative?: boolean;
  readonly truncated?: boolean;
}

export interface Exchanged {
  readonly query: Query;
  readonly answer: Answer;
  readonly size: number;
  readonly response: Uint8Array;
}

export function exchanged(said: Said = {}): Exchanged {
  const { name = 'www.example.com', type = 'A', id = 1, dnssecOk = false, transport = 'udp' } = said;
  const packet = writeQuestion({ name: nameFromText(name)!, type: typeFromName(type)!, dnssecOk, checkingDisabled: false }, id, 1232);
  const client = { address: parseAddress(said.from ?? '10.1.2.3')!, port: said.port ?? 40_000, transport };
  const reader = new QueryReader(client);
  reader.read(packet, packet.length, client, said.receivedAt ?? 0);
  const { authoritative = false, truncated = false } = said;
  const answer = { ...emptyAnswer(said.rcode ?? 0, said.source ?? Source.zone), authoritative, truncated };
  const response = new Uint8Array(1232);
  const form = { limit: 1232, payloadSize: 1232, rotation: 0, now: 0, options: undefined, recursionAvailable: true };
  const size = writeResponse(reader.query, answer, response, form);
  return { query: reader.query, answer, size, response };
}
