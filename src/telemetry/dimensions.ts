/** The values each label can have, all known before counting, so that counting is an array index and the number of series is bounded. */
import { Rcode, Type } from '../wire/iana.ts';
import type { Query, Transport } from '../wire/query.ts';
import { aclActions } from '../query/acl/acl-rule.ts';
import { hitNames, kindNames } from '../query/cache/options.ts';
import { alertKinds } from '../query/detect/alerts.ts';
import { actionNames } from '../query/filter/action.ts';
import type { FailureReason } from '../kubernetes/failure.ts';
import type { RelistCause } from '../kubernetes/observer.ts';
import { limitKinds } from '../query/rate-limit/imputed.ts';
import type { CloseReason } from '../server/observer.ts';
import { causes } from '../upstream/exchange.ts';
import type { State } from '../upstream/observer.ts';
import type { CookieVerdict } from '../wire/cookie.ts';
import { sourceNames } from '../wire/answer.ts';

/** Types counted by name; all others are `other`, so that a client cannot create series at will. */
const types = [
  ...(['A', 'AAAA', 'CNAME', 'DNSKEY', 'DS', 'MX', 'NSEC', 'NSEC3', 'NS', 'PTR'] as const),
  ...(['RRSIG', 'SOA', 'SRV', 'TXT', 'HTTPS', 'SVCB', 'IXFR', 'AXFR', 'ANY'] as const),
];
const rcodes = Object.keys(Rcode) as (keyof typeof Rcode)[];

/** Dimensions whose values are known only at run time (slots.ts), with the most values each can have. */
export const slotted = { zone: 16, upstream: 32, list: 16, hostsFile: 8, apiHost: 4 } as const;
export type Slotted = keyof typeof slotted;

/** Dimensions whose values are known at compile time. */
export type Named =
  | 'proto'
  | 'family'
  | 'type'
  | 'rcode'
  | 'source'
  | 'resource'
  | 'event'
  | 'relistCause'
  | 'listMethod'
  | 'serviceKind'
  | 'change'
  | 'result'
  | 'level'
  | 'cacheHit'
  | 'cacheEntry'
  | 'cause'
  | 'upstreamState'
  | 'connectionUse'
  | 'aclAction'
  | 'limitKind'
  | 'filterAction'
  | 'alertKind'
  | 'judgement'
  | 'cookie'
  | 'errorCode'
  | 'closeReason'
  | 'failureReason'
  | 'httpStatus';

/** No cells are counted by `thread`: each thread has its own block. */
export type Dimension = Named | Slotted | 'thread';

/** Returns `names`, which must cover all of `Value`: a member added to the type but not here does not compile. */
const every =
  <Value extends string>() =>
  <const Names extends readonly Value[]>(...names: [Value] extends [Names[number]] ? Names : never): readonly string[] =>
    names;

export const dimensions: Readonly<Record<Named, readonly string[]>> = {
  proto: every<Transport>()('udp', 'tcp', 'tls', 'https'),
  family: ['ipv4', 'ipv6'],
  type: [...types, 'other'],
  rcode: [...rcodes, 'other'],
  source: sourceNames,
  resource: ['namespaces', 'services', 'endpointslices', 'pods', 'other'],
  event: ['added', 'modified', 'deleted', 'bookmark', 'passed_over', 'invalid'],
  relistCause: every<RelistCause | 'other'>()('start', 'suspect', 'audit', 'expired', 'backwards', 'failing', 'other'),
  listMethod: ['stream', 'pages'],
  serviceKind: ['cluster_ip', 'headless_with_selector', 'other'],
  change: ['put', 'removed'],
  result: ['success', 'failure'],
  level: ['trace', 'debug', 'info', 'warn', 'error'],
  cacheHit: hitNames,
  cacheEntry: kindNames,
  cause: [...causes, 'other'],
  upstreamState: every<State>()('up', 'down', 'trial', 'loop'),
  connectionUse: ['kept', 'new'],
  aclAction: aclActions,
  limitKind: limitKinds,
  filterAction: actionNames,
  alertKind: alertKinds,
  judgement: ['dropped', 'slipped'],
  cookie: every<CookieVerdict>()('none', 'client-only', 'good', 'bad', 'malformed'),
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
    'EINVAL',
    'ENOPROTOOPT',
    'ENOSYS',
    'other',
  ],
  closeReason: every<CloseReason | 'client' | 'other'>()(
    'client',
    'idle',
    'slow',
    'unread',
    'displaced',
    'client-limit',
    'limit',
    'invalid',
    'other',
  ),
  failureReason: every<FailureReason | 'other'>()(
    'expired',
    'ahead',
    'rejected',
    'unauthorized',
    'forbidden',
    'missing',
    'busy',
    'server',
    'unreachable',
    'untrusted',
    'cut',
    'idle',
    'malformed',
    'brief',
    'backwards',
    'suspect',
    'audit',
    'other',
  ),
  httpStatus: ['200', '400', '401', '403', '404', '406', '410', '429', '500', '502', '503', '504', '<error>', 'other'],
};

export function sizeOf(dimension: Dimension): number {
  return dimension === 'thread' ? 1 : isSlotted(dimension) ? slotted[dimension] : dimensions[dimension].length;
}

export function isSlotted(dimension: Dimension): dimension is Slotted {
  return Object.hasOwn(slotted, dimension);
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

/** Returns the index of `value` in a dimension, or that of its last value (`other`) if unknown. */
export function indexOf(dimension: Named, value: string): number {
  const names = dimensions[dimension];
  const index = names.indexOf(value);
  return index === -1 ? names.length - 1 : index;
}
