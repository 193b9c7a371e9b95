/**
 * Places for questions that wait, shared among the clients that ask them, so that one pod's flood leaves room for all others. A client may have as
 * many waiting as there are places left (dynamic thresholds, Choudhury and Hahne 1998): alone it takes half of them, two greedy ones a third each,
 * and some are always free. Nothing is reserved, and nothing needs tuning.
 */
import { emptyAnswer, Source } from '../../wire/answer.ts';
import { ExtendedError, Rcode } from '../../wire/iana.ts';
import { uint32At } from '../../wire/integers.ts';
import type { Client } from '../../wire/query.ts';
import type { Outcome } from '../handler.ts';
import { hashPrefix } from '../hashes.ts';
import { unobservedClientLimit, type ClientLimitObserver } from './client-rate.ts';

export interface Share {
  /** Questions that may wait at once, of all clients: the option max-concurrent, or what congestion leaves of it. May change. */
  readonly places: number;
  /** The most questions one client may have waiting, however many places are free; 0: no limit but its share. May change. */
  readonly perClient: number;
  /** Whether refusals over UDP are dropped instead of sent. May change. */
  readonly isSilent?: boolean;
}

/** Waiting questions a client may always have: an honest one needs some, even while many greedy ones take all places. */
const GUARANTEED = 4;

const refused = emptyAnswer(Rcode.REFUSED, Source.policy, {
  code: ExtendedError.OTHER,
  text: "too many of this client's questions wait for upstreams",
});

/**
 * Clients without waiting questions that are kept. A Map that lives long gets its memory from V8's old generation, again after every few additions and
 * removals, and a client would be added and removed with nearly every question.
 */
const KEPT = 1024;

/** Counts the waiting questions of each client. */
export class ClientPlaces {
  readonly #share: Share;
  readonly #observer: ClientLimitObserver;
  /** Besides clients with waiting questions, it holds at most KEPT others. */
  readonly #waiting = new Map<number, number>();
  #taken = 0;

  constructor(share: Share, observer: ClientLimitObserver = unobservedClientLimit) {
    this.#share = share;
    this.#observer = observer;
  }

  /** Places taken by all clients. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether all places are taken, which needs very many clients, since each leaves some free. */
  get areFull(): boolean {
    return this.#taken >= this.#share.places;
  }

  /** Whether the client may have one more question waiting. */
  hasRoom({ address }: Client): boolean {
    const { perClient, places } = this.#share;
    const has = this.#waiting.get(clientKey(address)) ?? 0;
    return (perClient === 0 || has < perClient) && (has < GUARANTEED || has < places - this.#taken);
  }

  /** Returns the answer for a client without room: REFUSED, or nothing. */
  refuse(client: Client): Outcome {
    this.#observer.overShare(client);
    return this.#share.isSilent === true && client.transport === 'udp' ? undefined : refused;
  }

  /** Takes a place for the client until its answer settles. The place is free again before the caller continues after the returned promise. */
  hold({ address }: Client, answer: Promise<Outcome>): Promise<Outcome> {
    const key = clientKey(address);
    this.#taken++;
    const before = this.#waiting.get(key);
    if (before === undefined && this.#waiting.size >= KEPT + this.#taken) this.#dropOthers();
    this.#waiting.set(key, (before ?? 0) + 1);
    const leave = (): void => {
      this.#taken--;
      this.#waiting.set(key, this.#waiting.get(key)! - 1);
    };
    answer.then(leave, leave);
    return answer;
  }

  #dropOthers(): void {
    for (const [key, waiting] of this.#waiting) if (waiting === 0) this.#waiting.delete(key);
  }
}

/**
 * IPv4: the address. IPv6: its last 32 bits and 20 bits of a hash of the others, since a number holds 53: clients that agree in both share places.
 * Not the /64, which may be a whole node's or subnet's: a pod has one address, and the cluster's network must not let it use others.
 */
export function clientKey(address: Uint8Array): number {
  if (address.length === 4) return uint32At(address, 0);
  return 2 ** 32 + (hashPrefix(address, 96, 0) >>> 12) * 2 ** 32 + uint32At(address, 12);
}
