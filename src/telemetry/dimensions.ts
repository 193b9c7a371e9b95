/** The values a label can have, each known before it is counted, so that counting is an index and the number of series is bounded. */
import { Rcode, Type } from '../wire/iana.ts';
import type { Query, Transport } from '../wire/query.ts';
import { aclActions } from '../query/acl/acl-rule.ts';
import { hitNames, kindNames } from '../query/cache/options.ts';
import { limitKinds } from '../query/rate-limit/imputed.ts';
import { causes } from '../upstream/exchange.ts';
import { sourceNames } from '../wire/answer.ts';

/** Types counted by name; all others are `other`, or a client could make series at will. */
const types = [
  ...(['A', 'AAAA', 'CNAME', 'DNSKEY', 'DS', 'MX', 'NSEC', 'NSEC3', 'NS', 'PTR'] as const),
  ...(['RRSIG', 'SOA', 'SRV', 'TXT', 'HTTPS', 'SVCB', 'IXFR', 'AXFR', 'ANY'] as const),
];
const rcodes = Object.keys(Rcode) as (keyof typeof Rcode)[];

/** Values of each dimension, or how many slots it has where the names are known only at run time (slots.ts). */
export const dimensions = {
  proto: ['udp', 'tcp', 'tls', 'https'],
  family: ['ipv4', 'ipv6'],
  type: [...types, 'other'],
  rcode: [...rcodes, 'other'],
  source: sourceNames,
  zone: 16,
  upstream: 32,
  thread: ['main or a number'],
  resource: ['namespaces', 'services', 'endpointslices', 'pods', 'other'],
  event: ['added', 'modified', 'deleted', 'bookmark', 'passed_over', 'invalid'],
  relistCause: ['start', 'suspect', 'audit', 'expired', 'backwards', 'failing', 'other'],
  listMethod: ['stream', 'pages'],
  serviceKind: ['cluster_ip', 'headless_with_selector', 'other'],
  change: ['put', 'removed'],
  result: ['success', 'failure'],
  level: ['trace', 'debug', 'info', 'warn', 'error'],
  cacheHit: hitNames,
  cacheEntry: kindNames,
  cause: [...causes, 'other'],
  upstreamState: ['up', 'down', 'trial', 'loop'],
  aclAction: aclActions,
  limitKind: limitKinds,
  judgement: ['passed', 'dropped', 'slipped'],
  cookie: ['none', 'client-only', 'good', 'bad', 'malformed'],
  errorCode: [
    'EAGAIN',
    'ENOBUFS',
    'EPERM',
    'ECONNREFUSED',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EMSGSIZE',
    'EMFILE',
    'ECONNRESET',
    'EPIPE',
    'other',
  ],
  closeReason: ['client', 'idle', 'slow', 'unread', 'displaced', 'client-limit', 'limit', 'invalid', 'other'],
  failureReason: [
    ...(['expired', 'ahead', 'rejected', 'unauthorized', 'forbidden', 'missing', 'busy', 'server'] as const),
    ...(['unreachable', 'cut', 'idle', 'malformed', 'brief', 'backwards', 'suspect', 'audit', 'other'] as const),
  ],
} as const satisfies Readonly<Record<string, readonly string[] | number>>;

export type Dimension = keyof typeof dimensions;

export function sizeOf(dimension: Dimension): number {
  const values = dimensions[dimension];
  return typeof values === 'number' ? values : values.length;
}

const OTHER_TYPE = types.length;
const OTHER_RCODE = rcodes.length;

const typeIndexes = new Uint8Array(256).fill(OTHER_TYPE);
types.forEach((name, index) => (typeIndexes[Type[name]] = index));
const rcodeIndexes = new Uint8Array(32).fill(OTHER_RCODE);
rcodes.forEach((name, index) => (rcodeIndexes[Rcode[name]] = index));

export function typeIndex(type: number): number {
  return type < 256 ? typeIndexes[type]! : OTHER_TYPE;
}

export function rcodeIndex(rcode: number): number {
  return rcode < 32 ? rcodeIndexes[rcode]! : OTHER_RCODE;
}

export function protoIndex(transport: Transport): number {
  return transport === 'udp' ? 0 : transport === 'tcp' ? 1 : transport === 'tls' ? 2 : 3;
}

export function familyIndex(query: Query): number {
  return query.client.address.length === 4 ? 0 : 1;
}

/** Index of `value` among a dimension's names, or that of its last (`other`). */
export function indexOf(dimension: Dimension, value: string): number {
  const values = dimensions[dimension];
  if (typeof values === 'number') throw new TypeError(`${dimension} has no fixed names`);
  const index = (values as readonly string[]).indexOf(value);
  return index === -1 ? values.length - 1 : index;
}
