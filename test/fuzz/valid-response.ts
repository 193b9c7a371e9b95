/** Checks that a response is valid, whatever the query was: with dns-packet, and with an independent parser that trusts nothing. */
import { decode } from 'dns-packet';
import { fail } from './target.ts';

const HEADER = 12;

/** Throws when `response` is not a valid response to `packet`, or is longer than `limit` octets. */
export function checkResponse(packet: Uint8Array, response: Uint8Array, limit: number): void {
  checkForm(packet, response, limit);
  decode(Buffer.from(response));
}

/** As checkResponse, but does not check the rdata of types that are passed on as upstreams send them. */
export function checkForm(packet: Uint8Array, response: Uint8Array, limit: number): void {
  if (response.length < HEADER) fail(`a response of ${response.length} octets has no header`);
  if (response.length > limit) fail(`a response of ${response.length} octets where ${limit} are the most`);
  if (response[0] !== packet[0] || response[1] !== packet[1]) fail('the id is not the one that was asked with');
  if ((response[2]! & 0x80) === 0) fail('QR is not set');
  if (((response[2]! ^ packet[2]!) & 0x79) !== 0) fail('opcode or RD are not as asked');
  const end = walk(response);
  if (end !== response.length) fail(`${response.length - end} octets behind the last record`);
  const question = questionEnd(response);
  if (uint16(response, 4) === 1 && Buffer.compare(response.subarray(HEADER, question), packet.subarray(HEADER, question)) !== 0)
    fail('the question is not the one that was asked');
}

/** Returns the offset after the last record that the header counts. */
function walk(message: Uint8Array): number {
  if (uint16(message, 4) > 1) fail('more than one question');
  let at = questionEnd(message);
  const records = uint16(message, 6) + uint16(message, 8) + uint16(message, 10);
  let opts = 0;
  for (let i = 0; i < records; i++) {
    const owner = at;
    at = nameEnd(message, at);
    if (at + 10 > message.length) fail(`record ${i} is cut off`);
    const type = uint16(message, at);
    const end = at + 10 + uint16(message, at + 8);
    if (end > message.length) fail(`the data of record ${i} is cut off`);
    if (type === 41 && (message[owner] !== 0 || ++opts > 1 || i < uint16(message, 6) + uint16(message, 8)))
      fail('OPT where it must not be');
    if (type === 1 && end - at !== 14) fail('an A record without four octets');
    if (type === 28 && end - at !== 26) fail('an AAAA record without sixteen octets');
    if ((type === 2 || type === 5 || type === 12) && nameEnd(message, at + 10) !== end)
      fail(`the name in record ${i} does not fill its data`);
    at = end;
  }
  return at;
}

function questionEnd(message: Uint8Array): number {
  return uint16(message, 4) === 0 ? HEADER : nameEnd(message, HEADER) + 4;
}

/** Returns the offset after the name; each pointer must point further back, and the name may have at most 255 octets. */
function nameEnd(message: Uint8Array, start: number): number {
  let at = start;
  let end = -1;
  let size = 1;
  let earliest = start;
  for (;;) {
    const label = message[at];
    if (label === undefined) fail(`a name runs out of the message at ${start}`);
    if (label === 0) return end === -1 ? at + 1 : end;
    if (label >= 0xc0) {
      const target = uint16(message, at) & 0x3fff;
      if (target >= earliest || target < HEADER) fail(`a pointer at ${at} does not point back`);
      if (end === -1) end = at + 2;
      at = earliest = target;
    } else {
      if (label > 63) fail(`a label of type ${label >> 6} at ${at}`);
      size += 1 + label;
      if (size > 255) fail(`a name of more than 255 octets at ${start}`);
      at += 1 + label;
    }
  }
}

function uint16(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}
