/**
 * The stage in front of forwarding that shares out the places of questions waiting for upstreams, so that one pod's flood of random names leaves
 * room for all others. A client may have as many waiting as there are places left (dynamic thresholds, Choudhury and Hahne 1998): alone it takes half
 * of them, two greedy ones a third each, and some are always free. Nothing is set aside, and nothing need be tuned.
 */
import { emptyAnswer, Source } from '../../wire/answer.ts';
import { ExtendedError, Rcode } from '../../wire/iana.ts';
import type { Outcome, Stage } from '../handler.ts';
import { hashPrefix } from '../hashes.ts';
import { unobservedClientLimit, type ClientLimitObserver } from './client-rate.ts';

export interface ForwardShare {
  /** Questions that may wait at once in all: the option max-concurrent, or what congestion leaves of it. May change. */
  readonly places: number;
  /** The most one client may have waiting, however many places are free; 0: no limit but its share. May change. */
  readonly perClient: number;
  /** Whether a refusal is not sent over UDP. May change. */
  readonly isSilent?: boolean;
}

/** Waiting questions a client may always have: an honest one needs some, even while all places are taken by many greedy ones. */
const GUARANTEED = 4;

const refused = emptyAnswer(Rcode.REFUSED, Source.policy, {
  code: ExtendedError.OTHER,
  text: "too many of this client's questions wait for upstreams",
});

export function forwardShare(share: ForwardShare, observer: ClientLimitObserver = unobservedClientLimit): Stage {
  /** Of all handlers made from the stage, old ones too, and only of clients that have any waiting, so it is bounded by what waits. */
  const waiting = new Map<number, number>();
  let all = 0;

  return (next) => (query) => {
    const key = keyOf(query.client.address);
    const before = waiting.get(key) ?? 0;
    if (before >= GUARANTEED && before >= Math.min(share.perClient || Infinity, share.places - all)) {
      observer.overShare(query.client);
      return share.isSilent === true && query.client.transport === 'udp' ? undefined : refused;
    }
    const outcome = next(query);
    if (!(outcome instanceof Promise)) return outcome;
    all++;
    waiting.set(key, (waiting.get(key) ?? 0) + 1);
    const done = (): void => {
      all--;
      const left = waiting.get(key)! - 1;
      if (left === 0) waiting.delete(key);
      else waiting.set(key, left);
    };
    return outcome.then(
      (answer: Outcome) => {
        done();
        return answer;
      },
      (error: unknown) => {
        done();
        throw error;
      },
    );
  };
}

/**
 * IPv4: the address. IPv6: its last 32 bits and 20 mixed of the others, since a number holds 53: clients that are alike in both share their places.
 * Not the /64, which may be a whole node's or subnet's: a pod has one address, and the cluster's network must not let it take others.
 */
function keyOf(address: Uint8Array): number {
  if (address.length === 4) return uint32(address, 0);
  return 2 ** 32 + (hashPrefix(address, 96, 0) >>> 12) * 2 ** 32 + uint32(address, 12);
}

function uint32(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
}
