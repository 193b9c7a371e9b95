/**
 * The stage that refuses answers from outside that hold private addresses. Otherwise a web page could point a name of its own at a Service of the
 * cluster and have the visitor's browser talk to it as to the page's own server (DNS rebinding). Names in our zones and allowed names may have
 * private addresses; an outside name whose alias leads into our zones may not.
 */
import { emptyAnswer, Source, type Answer } from '../../wire/answer.ts';
import { ExtendedError, Rcode } from '../../wire/iana.ts';
import type { Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import type { Stage } from '../handler.ts';
import { holdsAddress, prefixTableOf } from '../prefixes.ts';
import { isBelowAny, suffixSet } from '../suffixes.ts';
import { anyAddress } from './answer-addresses.ts';

export interface RebindingObserver {
  refused(query: Name): void;
}

const unobserved: RebindingObserver = { refused: () => undefined };

/**
 * Addresses that no outside name should have: this host's, private, shared, link-local and unique local ones, and reserved ones, which some networks
 * use as private, such as 240.0.0.0/4 in some clusters.
 */
const PRIVATE_PREFIXES: readonly string[] = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['192.0.0.0/24', '198.18.0.0/15', '240.0.0.0/4'],
  ...['64:ff9b:1::/48', 'fc00::/7', 'fe80::/10', 'fec0::/10'],
];

const refused = emptyAnswer(Rcode.REFUSED, Source.policy, {
  code: ExtendedError.BLOCKED,
  text: 'an outside name points at a private address; --rebind-allow lets it',
});

/** Returns `answer`, found for `name`, or a refusal in its place. */
export type RebindingJudge = (name: Name, answer: Answer) => Answer;

/** `allowed`: names that are exempt, as are all names below them. */
export function rebindingJudge(allowed: readonly Name[], observer: RebindingObserver = unobserved): RebindingJudge {
  const spared = suffixSet(allowed);
  const table = prefixTableOf(PRIVATE_PREFIXES);
  const isPrivate = (address: Uint8Array): boolean => holdsAddress(table, embedded(address));
  return (name, answer) => {
    if (answer.answers === 0 || !anyAddress(answer, isPrivate, true) || isBelowAny(spared, name)) return answer;
    observer.refused(name);
    return refused;
  };
}

export function rebindProtection(judge: RebindingJudge): Stage {
  return (next) => (query: Query) => {
    const outcome = next(query);
    if (!(outcome instanceof Promise)) return outcome && judge(query.name, outcome);
    const { name } = query;
    return outcome.then((answer) => answer && judge(name, answer));
  };
}

/**
 * Returns the IPv4 address embedded in an IPv6 address: IPv4-mapped or IPv4-compatible (RFC 4291; includes :: and ::1), NAT64 (RFC 6052) or 6to4
 * (RFC 3056); else the address itself.
 */
function embedded(address: Uint8Array): Uint8Array {
  if (address.length === 4) return address;
  if (address[0] === 0x20 && address[1] === 0x02) return address.subarray(2, 6);
  const compatible = zeroUpTo(address, 0, 12);
  const mapped = address[10] === 0xff && address[11] === 0xff && zeroUpTo(address, 0, 10);
  const nat64 = address[0] === 0 && address[1] === 0x64 && address[2] === 0xff && address[3] === 0x9b && zeroUpTo(address, 4, 12);
  return compatible || mapped || nat64 ? address.subarray(12) : address;
}

function zeroUpTo(address: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (address[i] !== 0) return false;
  return true;
}
