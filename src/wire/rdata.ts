/** Rdata of the types that our zones contain, in wire form and as master-file text (RFC 1035 section 3.3, RFC 2782, RFC 3596). */
import { formatAddress } from './address.ts';
import { Type } from './iana.ts';
import { uint16At } from './integers.ts';
import { nameToText, nameToWire, readName, type Name } from './name.ts';

export interface Soa {
  readonly mname: Name;
  readonly rname: Name;
  readonly serial: number;
  /** Seconds, like the next three. */
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  /** The TTL of negative answers (RFC 2308 section 4). */
  readonly minimum: number;
}

export function soaRdata(soa: Soa): Uint8Array {
  const numbers = Buffer.alloc(20);
  [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum].forEach((value, index) => numbers.writeUInt32BE(value >>> 0, index * 4));
  return Buffer.concat([nameToWire(soa.mname), nameToWire(soa.rname), numbers]);
}

/** Returns the rdata of an NS, CNAME or PTR record: one name. */
export const nameRdata: (name: Name) => Uint8Array = nameToWire;

export function srvRdata(priority: number, weight: number, port: number, target: Name): Uint8Array {
  const rdata = new Uint8Array(6 + target.length);
  [priority, weight, port].forEach((value, index) => {
    rdata[index * 2] = value >> 8;
    rdata[index * 2 + 1] = value;
  });
  rdata.set(nameToWire(target), 6);
  return rdata;
}

/** Returns TXT rdata with one character-string per text, each at most 255 octets. */
export function txtRdata(...texts: readonly string[]): Uint8Array {
  return Buffer.concat(texts.map((text) => Buffer.from(`${String.fromCharCode(text.length)}${text}`, 'latin1')));
}

/** The HINFO rdata that answers ANY (RFC 8482 section 4.2). */
export const hinfoRdata: Uint8Array = txtRdata('RFC8482', '');

/** Returns the target in an SRV record's rdata. */
export function srvTarget(rdata: Uint8Array): Name | undefined {
  return readName(rdata, 6)?.name;
}

/** Returns master-file text, in the generic form of RFC 3597 section 5 for rdata without a text form here. */
export function rdataToText(type: number, rdata: Uint8Array): string {
  return TEXT[type]?.(rdata) ?? `\\# ${rdata.length} ${Buffer.from(rdata).toString('hex')}`;
}

const TEXT: Readonly<Record<number, (rdata: Uint8Array) => string | undefined>> = {
  [Type.A]: formatAddress,
  [Type.AAAA]: formatAddress,
  [Type.NS]: nameText,
  [Type.CNAME]: nameText,
  [Type.PTR]: nameText,
  [Type.DNAME]: nameText,
  [Type.TXT]: characterStrings,
  [Type.HINFO]: characterStrings,
  [Type.SRV]: (rdata) => {
    const target = srvTarget(rdata);
    return target && `${uint16At(rdata, 0)} ${uint16At(rdata, 2)} ${uint16At(rdata, 4)} ${nameToText(target)}`;
  },
  [Type.SOA]: (rdata) => {
    const mname = readName(rdata, 0);
    const rname = mname && readName(rdata, mname.end);
    if (rname === undefined || rname.end + 20 !== rdata.length) return undefined;
    const numbers = [0, 4, 8, 12, 16].map((offset) => Buffer.from(rdata).readUInt32BE(rname.end + offset));
    return `${nameToText(mname!.name)} ${nameToText(rname.name)} ${numbers.join(' ')}`;
  },
};

function nameText(rdata: Uint8Array): string | undefined {
  const found = readName(rdata, 0);
  return found && nameToText(found.name);
}

function characterStrings(rdata: Uint8Array): string {
  const texts: string[] = [];
  for (let at = 0; at < rdata.length; at += 1 + rdata[at]!) {
    let text = '';
    for (const octet of rdata.subarray(at + 1, at + 1 + rdata[at]!)) {
      const plain = octet >= 0x20 && octet < 0x7f;
      text += !plain
        ? `\\${String(octet).padStart(3, '0')}`
        : octet === 0x22 || octet === 0x5c
          ? `\\${String.fromCharCode(octet)}`
          : String.fromCharCode(octet);
    }
    texts.push(`"${text}"`);
  }
  return texts.join(' ');
}
