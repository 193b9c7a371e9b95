/** Converts the parameters of SVCB and HTTPS records from text to wire form (RFC 9460 sections 2.1 and 2.2, appendix A). */
import { addressFrom, uint16, unescaped } from './text-values.ts';

const KEYS = {
  mandatory: 0,
  alpn: 1,
  'no-default-alpn': 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
  dohpath: 7,
  ohttp: 8,
} as const;

/** Each of `texts` is `key` or `key=value`, where the value may be quoted. Returns undefined if one is invalid or a key is repeated. */
export function svcParams(texts: readonly string[]): Uint8Array | undefined {
  const params = new Map<number, Uint8Array>();
  for (const text of texts) {
    const [, name = '', value = ''] = /^([a-z0-9-]+)(?:=(.*))?$/is.exec(text) ?? [];
    const key = keyOf(name);
    const octets = key === undefined || params.has(key) ? undefined : valueOf(key, value.replace(/^"(.*)"$/s, '$1'));
    if (octets === undefined) return undefined;
    params.set(key!, octets);
  }
  const sorted = [...params].sort(([one], [other]) => one - other);
  return Buffer.concat(sorted.flatMap(([key, value]) => [uint16(key), uint16(value.length), value]));
}

function keyOf(name: string): number | undefined {
  const lower = name.toLowerCase();
  const number = /^key(\d{1,5})$/.exec(lower)?.[1];
  const key = number === undefined ? (KEYS as Readonly<Record<string, number>>)[lower] : Number(number);
  return key !== undefined && key < 0xffff ? key : undefined;
}

function valueOf(key: number, value: string): Uint8Array | undefined {
  switch (key) {
    case KEYS.mandatory:
      return mandatoryKeys(value);
    case KEYS.alpn:
      return all(value, protocolId);
    case KEYS['no-default-alpn']:
    case KEYS.ohttp:
      return value === '' ? new Uint8Array(0) : undefined;
    case KEYS.port:
      return /^\d{1,5}$/.test(value) && Number(value) <= 0xffff ? uint16(Number(value)) : undefined;
    case KEYS.ipv4hint:
      return all(value, (text) => addressFrom(text, 4));
    case KEYS.ipv6hint:
      return all(value, (text) => addressFrom(text, 16));
    case KEYS.ech:
      return /^[0-9a-z+/]+={0,2}$/i.test(value) ? Buffer.from(value, 'base64') : undefined;
    default:
      return Buffer.from(unescaped(value), 'latin1');
  }
}

/** Reads a comma-separated list of one or more items; undefined if any is invalid. */
function all(value: string, read: (item: string) => Uint8Array | undefined): Uint8Array | undefined {
  const items = value === '' ? [] : unescaped(value).split(',').map(read);
  return items.length > 0 && items.every((item) => item !== undefined) ? Buffer.concat(items) : undefined;
}

/** The keys may be given in any order, but the wire form is ascending; each stands once, and never `mandatory` itself (RFC 9460 section 8). */
function mandatoryKeys(value: string): Uint8Array | undefined {
  const names = value.split(',');
  const keys = new Set(names.map(keyOf).filter((key) => key !== undefined));
  if (keys.size < names.length || keys.has(KEYS.mandatory)) return undefined;
  return Buffer.concat([...keys].sort((one, other) => one - other).map(uint16));
}

/** Returns an ALPN protocol ID after its length octet. */
function protocolId(id: string): Uint8Array | undefined {
  return id === '' || id.length > 255 ? undefined : Buffer.from(`${String.fromCharCode(id.length)}${id}`, 'latin1');
}
