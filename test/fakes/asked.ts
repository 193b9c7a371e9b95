/** Queries for tests, read from packets as the responder reads them. */
import { parseAddress } from '../../src/wire/address.ts';
import { EdnsOption, typeFromName } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { keepQuery, QueryReader, type Query, type Transport } from '../../src/wire/query.ts';
import { writeQuestion } from '../../src/wire/question.ts';

export interface Asked {
  readonly from?: string;
  readonly transport?: Transport;
  /** Data of a COOKIE option, in hexadecimal. */
  readonly cookie?: string;
  /** When the query is received, ms. */
  readonly at?: number;
}

/** `name` in master-file format, `type` as a mnemonic or TYPEnnn; from 10.1.2.3 over UDP by default. */
export function asked(name: string, type = 'A', { from = '10.1.2.3', transport = 'udp', cookie, at = 0 }: Asked = {}): Query {
  const question = { name: nameFromText(name)!, type: typeFromName(type)!, dnssecOk: false, checkingDisabled: false };
  const written = writeQuestion(question, 1, 1232);
  const packet = cookie === undefined ? written : withOption(written, EdnsOption.COOKIE, Buffer.from(cookie, 'hex'));
  const client = { address: parseAddress(from)!, port: 5353, transport };
  const reader = new QueryReader(client);
  reader.read(packet, packet.length, client, at);
  return keepQuery(reader.query);
}

function withOption(packet: Uint8Array, code: number, data: Uint8Array): Uint8Array {
  const all = Buffer.concat([packet, Buffer.alloc(4), data]);
  all.writeUInt16BE(code, packet.length);
  all.writeUInt16BE(data.length, packet.length + 2);
  all.writeUInt16BE(4 + data.length, packet.length - 2);
  return all;
}
