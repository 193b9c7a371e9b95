/**
 * A client asks for names of the cluster that do not exist, and for hardly anything else: somebody guesses names, or a program asks in a loop. Search
 * paths make three such names for each one they lead to, so neither their number nor their share alone says anything: it takes a hundred a second,
 * and nine tenths of what the client asks.
 */
import type { Random } from '../../clock.ts';
import { formatAddress } from '../../wire/address.ts';
import { Source } from '../../wire/answer.ts';
import { Rcode } from '../../wire/iana.ts';
import type { Detector, Teller } from './alerts.ts';
import { MinuteSketch, SAMPLE } from './sketch.ts';

/** A minute. */
const FLOOD = 6000;
const SHARE = 0.9;

export function clusterNames(random: Random, teller: Teller): Detector {
  const clients = new MinuteSketch(1024, random);
  return ({ client: { address }, receivedAt }, { rcode, source }) => {
    // Most of what a cluster's clients are told is of either sort.
    if (random() * SAMPLE >= 1) return;
    const slot = clients.slotOf(address, receivedAt);
    const all = clients.countOther(slot, SAMPLE);
    if (rcode !== Rcode.NXDOMAIN || source !== Source.zone) return;
    const count = clients.count(slot, 0) * SAMPLE;
    const key = clients.keyOf(address);
    if (count < FLOOD || count < all * SHARE || !teller.hears('absent-names', key, receivedAt)) return;
    const detail = `asked some ${count} times within a minute for names of the cluster that do not exist, ${Math.round((count / all) * 100)} % of what it asks`;
    teller.tell('absent-names', key, receivedAt, formatAddress(address), detail);
  };
}
