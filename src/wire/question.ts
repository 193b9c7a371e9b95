/** Writes this server's own queries: to upstreams, and to its own stages for a CNAME's target (RFC 1035 section 4.1, RFC 6891). */
import { Class, Type } from './iana.ts';
import { writeUint16 } from './integers.ts';
import { NOWHERE } from './known-names.ts';
import type { Name } from './name.ts';
import { HEADER_SIZE, type Query } from './query.ts';

export interface Question {
  readonly name: Name;
  readonly type: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** Writes a recursive query with EDNS. `id` is 0..65535, `payloadSize` the largest UDP response we accept, octets. */
export function writeQuestion(question: Question, id: number, payloadSize: number): Uint8Array {
  const { name } = question;
  const packet = new Uint8Array(HEADER_SIZE + name.length + 4 + 11);
  writeUint16(packet, 0, id);
  packet[2] = 0x01;
  packet[3] = question.checkingDisabled ? 0x10 : 0;
  packet[5] = 1;
  packet[11] = 1;
  for (let i = 0; i < name.length; i++) packet[HEADER_SIZE + i] = name.charCodeAt(i);
  const at = HEADER_SIZE + name.length;
  writeUint16(packet, at, question.type);
  writeUint16(packet, at + 2, Class.IN);
  writeUint16(packet, at + 5, Type.OPT);
  writeUint16(packet, at + 7, payloadSize);
  if (question.dnssecOk) packet[at + 11] = 0x80;
  return packet;
}

/** Returns the query that the client would have sent for `name` instead: same type, flags, client and time. */
export function queryFor(query: Query, name: Name): Query {
  const dnssecOk = query.edns?.dnssecOk === true;
  const packet = writeQuestion({ name, type: query.type, dnssecOk, checkingDisabled: query.checkingDisabled }, 0, 1232);
  if (!query.recursionDesired) packet[2] = 0;
  const questionEnd = HEADER_SIZE + name.length + 4;
  return {
    ...query,
    packet,
    length: packet.length,
    name,
    place: NOWHERE,
    questionEnd,
    edns: { version: 0, payloadSize: 1232, dnssecOk, optionsStart: packet.length, optionsEnd: packet.length },
    client: { ...query.client, address: query.client.address.slice() },
  };
}
