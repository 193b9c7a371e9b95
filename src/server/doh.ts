/** The HTTP side of DNS over HTTPS: the query in a request, and how long a response may be cached (RFC 8484). */
import { Type } from '../wire/iana.ts';
import { uint16At, uint32At } from '../wire/integers.ts';
import { nameEnd } from '../wire/name.ts';
import { HEADER_SIZE } from '../wire/query.ts';

export const MEDIA_TYPE = 'application/dns-message';
const PATH = '/dns-query';

export type DohRequest =
  | { readonly query: Uint8Array }
  /** The query is the body that follows. */
  | { readonly body: true }
  | { readonly status: number; readonly wrong: string; readonly headers?: Readonly<Record<string, string>> };

/** `target` is the request's path with its query string, or a whole URL (RFC 9112 section 3.2.2). `maxQuery` in octets. */
export function readDohRequest(method: string, target: string, contentType: string | undefined, maxQuery: number): DohRequest {
  const url = target.replace(/^https?:\/\/[^/?]*/i, '');
  const path = url.split('?', 1)[0]!;
  // What follows the first question mark may have others (RFC 3986 section 3.4).
  const search = url.slice(path.length);
  if (path !== PATH) return { status: 404, wrong: `DNS is answered at ${PATH}` };
  if (method === 'POST') {
    // A media type is compared without case and without parameters (RFC 9110 section 8.3.1).
    if (contentType?.split(';', 1)[0]!.trim().toLowerCase() !== MEDIA_TYPE)
      return { status: 415, wrong: `content-type is not ${MEDIA_TYPE}` };
    return { body: true };
  }
  if (method !== 'GET') return { status: 405, wrong: 'only GET and POST are taken', headers: { allow: 'GET, POST' } };
  const encoded = new URLSearchParams(search).get('dns');
  if (encoded === null) return { status: 400, wrong: 'no ?dns= with the query in base64url' };
  if (encoded.length > Math.ceil((maxQuery * 4) / 3)) return { status: 414, wrong: `a query has at most ${maxQuery} octets` };
  if (!/^[A-Za-z0-9_-]+$/.test(encoded)) return { status: 400, wrong: '?dns= is not base64url without padding' };
  return { query: Buffer.from(encoded, 'base64url') };
}

/**
 * Returns the seconds for which `response` may be cached (RFC 8484 section 5.1): the least of its answers' TTLs and of its SOA's negative TTL (RFC 2308
 * section 5), which also follows a CNAME to a name without data; 0 with neither.
 */
export function freshness(response: Uint8Array): number {
  if (response.length < HEADER_SIZE) return 0;
  const answers = uint16At(response, 6);
  const records = answers + uint16At(response, 8);
  let least = Infinity;
  let at = HEADER_SIZE;
  for (let questions = uint16At(response, 4); questions > 0; questions--) at = nameEnd(response, at) + 4;
  for (let i = 0; i < records; i++) {
    at = nameEnd(response, at);
    if (at + RECORD_SIZE > response.length) return 0;
    const ttl = uint32At(response, at + 4);
    const end = at + RECORD_SIZE + uint16At(response, at + 8);
    if (end > response.length) return 0;
    if (i < answers) least = Math.min(least, ttl);
    else if (uint16At(response, at) === Type.SOA) least = Math.min(least, ttl, uint32At(response, end - 4));
    at = end;
  }
  return least === Infinity ? 0 : least;
}

/** Octets between a resource record's name and its RDATA: type, class, TTL and length. */
const RECORD_SIZE = 10;
