/** The questions of a load, and how their answers are compared: by RCODE and the rdata of the answer section, in any order. */
import { Class, Type } from '../../../src/wire/iana.ts';

export interface LoadQuestion {
  readonly name: string;
  readonly type: keyof typeof Type;
  /** The right answers in the format of `verdictOf`: several when the answer changes meanwhile. */
  readonly right: readonly string[];
}

/** Formats an answer as RCODE and sorted rdata in hexadecimal, such as `0 0a000001 0a000002`. */
export function verdict(rcode: number, rdata: readonly string[]): string {
  return [rcode, ...[...rdata].sort()].join(' ');
}

/** The verdict for an answer with these IPv4 addresses. */
export function addresses(...texts: readonly string[]): string {
  return verdict(
    0,
    texts.map((text) => Buffer.from(text.split('.').map(Number)).toString('hex')),
  );
}

/** The verdict for a response; `truncated` with TC, `malformed` when it is not a response. */
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

/** Writes a query with EDNS and id 0, which the caller replaces. */
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
