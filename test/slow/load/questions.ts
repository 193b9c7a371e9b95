/** What a load asks, and how its answers are judged: by RCODE and the rdata of the answer section, in any order. */
import { Class, Type } from '../../../src/wire/iana.ts';

export interface LoadQuestion {
  readonly name: string;
  readonly type: keyof typeof Type;
  /** What may be answered, each as `verdictOf` says it: several where it changes meanwhile. */
  readonly right: readonly string[];
}

/** `0 0a000001 0a000002`: RCODE, and rdata in hexadecimal, sorted. */
export function verdict(rcode: number, rdata: readonly string[]): string {
  return [rcode, ...[...rdata].sort()].join(' ');
}

/** Of IPv4 addresses. */
export function addresses(...texts: readonly string[]): string {
  return verdict(
    0,
    texts.map((text) => Buffer.from(text.split('.').map(Number)).toString('hex')),
  );
}

/** Of a response, whose TC makes it `truncated`; of what is no response, `malformed`. */
export function verdictOf(response: Buffer): string {
  if (response.length < 12 || (response[2]! & 0x80) === 0) return 'malformed';
  if ((response[2]! & 0x02) !== 0) return 'truncated';
  let at = response.readUInt16BE(4) === 1 ? afterName(response, 12) + 4 : 12;
  const rdata: string[] = [];
  for (let left = response.readUInt16BE(6); left > 0; left--) {
    at = afterName(response, at) + 8;
    if (at + 2 > response.length) return 'malformed';
    const end = at + 2 + response.readUInt16BE(at);
    rdata.push(response.toString('hex', at + 2, end));
    at = end;
  }
  return verdict(response[3]! & 0xf, rdata);
}

/** With EDNS, its id to be written over the first two octets. */
export function queryOf({ name, type }: LoadQuestion): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const header = Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
  const number = Type[type];
  const opt = Buffer.from([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, number >> 8, number & 0xff, 0, Class.IN]), opt]);
}

function afterName(message: Buffer, at: number): number {
  while (at < message.length) {
    const label = message[at]!;
    if (label === 0) return at + 1;
    if (label >= 0xc0) return at + 2;
    at += 1 + label;
  }
  return at;
}
