/**
 * Detects a client that queries absent names of the cluster and hardly anything else: it guesses names, or a program queries in a loop. Search paths
 * make three such queries for each that succeeds, so neither the number nor the share suffices alone: it takes a hundred a second and nine tenths of
 * the client's queries.
 */
import type { Random } from '../../clock.ts';
import { formatAddress } from '../../wire/address.ts';
import { Source } from '../../wire/answer.ts';
import { Rcode } from '../../wire/iana.ts';
import type { Detector, Teller } from './alerts.ts';
import { MinuteSketch, SAMPLE } from './sketch.ts';

/** Absent answers per minute. */
const FLOOD = 6000;
const SHARE = 0.9;

export function clusterNames(random: Random, teller: Teller): Detector {
  const clients = new MinuteSketch(1024, random);
  return ({ client: { address }, receivedAt }, { rcode, source }) => {
    // Samples absent answers too, unlike other detectors: both kinds are frequent in a cluster.
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
