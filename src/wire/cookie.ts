/** Server cookies (RFC 7873) in the interoperable format, so that replicas and other nameserver software accept them too (RFC 9018). */
import { EdnsOption } from './iana.ts';
import { uint32At, writeUint32 } from './integers.ts';
import { ednsOption, type Query } from './query.ts';
import { sipHash, sipKey, type SipKey } from './siphash.ts';

/**
 * The state of a query's cookie: absent; a client cookie only; with a server cookie that we made for this address, so it is not forged; with
 * one that is expired or not ours; of a length no cookie has (FORMERR, RFC 7873 section 5.2.2).
 */
export type CookieVerdict = 'none' | 'client-only' | 'good' | 'bad' | 'malformed';

export interface CookieCheck {
  readonly verdict: CookieVerdict;
  /** The complete EDNS option for the response, encoded. */
  readonly option?: Uint8Array;
}

/** Sizes in octets. */
const SECRET_SIZE = 16;

const CLIENT_COOKIE = 8;
const FULL_COOKIE = 24;
const LONGEST_COOKIE = 40;
const HEADER = 4;

/** Seconds (RFC 9018 section 4.3): a cookie is valid for an hour, is renewed after half an hour, and may be 5 minutes ahead of our clock. */
const GOOD_FOR = 3600;
const RENEWED_AFTER = 1800;
const AHEAD = 300;

const none: CookieCheck = { verdict: 'none' };
const malformed: CookieCheck = { verdict: 'malformed' };

/** The hash's input: client cookie (8 octets), version, reserved and timestamp (8), client address (4 or 16). */
const hashed = new Uint8Array(32);
const hash = new Uint8Array(8);

/** Makes and verifies server cookies: they are made with the first secret and accepted with any (RFC 9018 section 5). */
export class ServerCookies {
  #keys: readonly SipKey[] = [];

  constructor(secrets: readonly Uint8Array[]) {
    this.useSecrets(secrets);
  }

  /** Replaces the secrets, each of 16 octets, the newest first. Throws RangeError if there is none or one has another size. */
  useSecrets(secrets: readonly Uint8Array[]): void {
    if (secrets.length === 0 || secrets.some((secret) => secret.length !== SECRET_SIZE))
      throw new RangeError(`a cookie secret is ${SECRET_SIZE} octets, and there is at least one`);
    this.#keys = secrets.map(sipKey);
  }

  /** Verifies the query's cookie and makes the one to return. `nowSeconds`: wall-clock time, seconds since 1970. */
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
    const age = signer === -1 ? Infinity : (nowSeconds - uint32At(option, HEADER + 12)) | 0;
    const good = age <= GOOD_FOR && age >= -AHEAD;
    // A valid, recent cookie made with the newest secret is returned unchanged.
    if (!good || signer > 0 || age > RENEWED_AFTER) this.#make(option, client.address, nowSeconds);
    return { verdict: good ? 'good' : size === CLIENT_COOKIE ? 'client-only' : 'bad', option };
  }

  /** Returns the index of the secret that made the cookie in `option`, or -1. */
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

  /** Writes the server cookie behind the client's (RFC 9018 section 4): version 1, three zero octets, the time, the hash. */
  #make(option: Uint8Array, address: Uint8Array, nowSeconds: number): void {
    option[HEADER + 8] = 1;
    option.fill(0, HEADER + 9, HEADER + 12);
    writeUint32(option, HEADER + 12, nowSeconds);
    hashCookie(this.#keys[0]!, option, address, hash);
    option.set(hash, HEADER + 16);
  }
}

function hashCookie(key: SipKey, option: Uint8Array, address: Uint8Array, target: Uint8Array): void {
  for (let i = 0; i < 16; i++) hashed[i] = option[HEADER + i]!;
  for (let i = 0; i < address.length; i++) hashed[16 + i] = address[i]!;
  sipHash(key, hashed, 16 + address.length, target, 0);
}

/** Reads the secrets from a file's text: 32 hexadecimal digits per line, the newest first; `#` begins a comment. */
export function readCookieSecrets(text: string): { readonly secrets: readonly Uint8Array[]; readonly errors: readonly string[] } {
  const secrets: Uint8Array[] = [];
  const errors: string[] = [];
  text.split('\n').forEach((line, index) => {
    const written = line.replace(/#.*/, '').trim();
    if (written === '') return;
    if (/^[0-9a-f]{32}$/i.test(written)) secrets.push(Buffer.from(written, 'hex'));
    // The message goes to a log, so it does not contain the secret.
    else errors.push(`line ${index + 1}: ${written.length} characters are not a secret of 32 hexadecimal digits`);
  });
  if (secrets.length === 0 && errors.length === 0) errors.push('holds no secret of 32 hexadecimal digits');
  return { secrets, errors };
}
