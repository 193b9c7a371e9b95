/** DNS cookies of a server (RFC 7873), made as all nameservers make them so that replicas and other software agree (RFC 9018). */
import { EdnsOption } from './iana.ts';
import { ednsOption, type Query } from './query.ts';
import { sipHash, sipKey, type SipKey } from './siphash.ts';

/**
 * What a query's cookie says: it has none; it has the client's half only; it has a server's half made by us for this client, so the address is
 * not forged; it has one that is old or not ours; its length is none that a cookie has (RFC 7873 section 5.2.2: FORMERR).
 */
export type CookieVerdict = 'none' | 'client-only' | 'good' | 'bad' | 'malformed';

export interface CookieCheck {
  readonly verdict: CookieVerdict;
  /** The whole EDNS option for the response, encoded. */
  readonly option?: Uint8Array;
}

/** Octets. */
const SECRET_SIZE = 16;

const CLIENT_COOKIE = 8;
const FULL_COOKIE = 24;
const LONGEST_COOKIE = 40;
const HEADER = 4;

/** Seconds (RFC 9018 section 4.3): a cookie is good for an hour, is made anew after half of it, and may be 5 minutes ahead of our clock. */
const GOOD_FOR = 3600;
const RENEWED_AFTER = 1800;
const AHEAD = 300;

const none: CookieCheck = { verdict: 'none' };
const malformed: CookieCheck = { verdict: 'malformed' };

/** Client cookie, version, reserved, timestamp, client address: at most 8 + 8 + 16 octets. */
const hashed = new Uint8Array(32);
const hash = new Uint8Array(8);

/** Holds the secrets: cookies are made with the first and accepted with any (RFC 9018 section 5). */
export class ServerCookies {
  #keys: readonly SipKey[] = [];

  constructor(secrets: readonly Uint8Array[]) {
    this.useSecrets(secrets);
  }

  /** Each of 16 octets; the newest first. Throws RangeError when there is none or one has another size. */
  useSecrets(secrets: readonly Uint8Array[]): void {
    if (secrets.length === 0 || secrets.some((secret) => secret.length !== SECRET_SIZE))
      throw new RangeError(`a cookie secret is ${SECRET_SIZE} octets, and there is at least one`);
    this.#keys = secrets.map(sipKey);
  }

  /** Judges the query's cookie and makes the one to give back. `nowSeconds`: wall-clock time, seconds since 1970. */
  cookieOption(query: Query, nowSeconds: number): CookieCheck {
    const found = ednsOption(query, EdnsOption.COOKIE);
    if (found === undefined) return none;
    const { packet, client } = query;
    const [start, end] = found;
    const size = end - start;
    if (size !== CLIENT_COOKIE && (size < CLIENT_COOKIE + 8 || size > LONGEST_COOKIE)) return malformed;
    const option = new Uint8Array(HEADER + FULL_COOKIE);
    option[1] = EdnsOption.COOKIE;
    option[3] = FULL_COOKIE;
    for (let i = 0; i < size && i < FULL_COOKIE; i++) option[HEADER + i] = packet[start + i]!;
    const signer = size === FULL_COOKIE ? this.#signer(option, client.address) : -1;
    const age = signer === -1 ? Infinity : (nowSeconds - uint32(option, HEADER + 12)) | 0;
    const good = age <= GOOD_FOR && age >= -AHEAD;
    // A cookie that is good and young goes back as it came.
    if (!good || signer > 0 || age > RENEWED_AFTER) this.#make(option, client.address, nowSeconds);
    return { verdict: good ? 'good' : size === CLIENT_COOKIE ? 'client-only' : 'bad', option };
  }

  /** Which secret made the cookie in `option`; -1: none of ours. */
  #signer(option: Uint8Array, address: Uint8Array): number {
    if (option[HEADER + 8] !== 1) return -1;
    for (let index = 0; index < this.#keys.length; index++) {
      hashCookie(this.#keys[index]!, option, address, hash);
      let difference = 0;
      for (let i = 0; i < 8; i++) difference |= hash[i]! ^ option[HEADER + 16 + i]!;
      if (difference === 0) return index;
    }
    return -1;
  }

  /** Writes the server's half behind the client's (RFC 9018 section 4): version 1, three octets 0, the time, the hash. */
  #make(option: Uint8Array, address: Uint8Array, nowSeconds: number): void {
    option[HEADER + 8] = 1;
    option.fill(0, HEADER + 9, HEADER + 12);
    option[HEADER + 12] = nowSeconds >>> 24;
    option[HEADER + 13] = nowSeconds >>> 16;
    option[HEADER + 14] = nowSeconds >>> 8;
    option[HEADER + 15] = nowSeconds;
    hashCookie(this.#keys[0]!, option, address, hash);
    option.set(hash, HEADER + 16);
  }
}

function hashCookie(key: SipKey, option: Uint8Array, address: Uint8Array, target: Uint8Array): void {
  for (let i = 0; i < 16; i++) hashed[i] = option[HEADER + i]!;
  for (let i = 0; i < address.length; i++) hashed[16 + i] = address[i]!;
  sipHash(key, hashed, 16 + address.length, target, 0);
}

/** The secrets in a file's text: 32 hexadecimal digits a line, the newest first; `#` begins a comment. Each error is a whole sentence. */
export function readCookieSecrets(text: string): { readonly secrets: readonly Uint8Array[]; readonly errors: readonly string[] } {
  const secrets: Uint8Array[] = [];
  const errors: string[] = [];
  text.split('\n').forEach((line, index) => {
    const written = line.replace(/#.*/, '').trim();
    if (written === '') return;
    if (/^[0-9a-f]{32}$/i.test(written)) secrets.push(Buffer.from(written, 'hex'));
    // The secret itself stays out of the message, which goes to a log.
    else errors.push(`line ${index + 1}: ${written.length} characters are not a secret of 32 hexadecimal digits`);
  });
  if (secrets.length === 0 && errors.length === 0) errors.push('holds no secret of 32 hexadecimal digits');
  return { secrets, errors };
}

function uint32(octets: Uint8Array, at: number): number {
  return (octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!;
}
