/** Detects a random-subdomain ("water torture") attack on a domain's nameservers through us: every name below it is new, so no cache holds it. */
import type { Random } from '../../clock.ts';
import { Rcode } from '../../wire/iana.ts';
import { nameToText, parentOf } from '../../wire/name.ts';
import { hashName } from '../hashes.ts';
import type { Detector, Teller } from './alerts.ts';
import { isDigest, isMadeOfAnother, MANY_DIGESTS } from './names.ts';
import { MinuteSketch, SAMPLE } from './sketch.ts';

/** Different absent names per minute from all clients together, and the share of absent answers among those for names below the parent. */
const MANY = 400;
const SHARE = 0.6;

/** Counts by the name's parent: a search path makes absent names too, but mostly below different parents (`api.example.com.corp.example`). */
export function randomSubdomains(random: Random, teller: Teller): Detector {
  const domains = new MinuteSketch(2048, random);
  return ({ name, receivedAt }, { rcode }) => {
    const isAbsent = rcode === Rcode.NXDOMAIN || rcode === Rcode.SERVFAIL;
    if (!isAbsent && random() * SAMPLE >= 1) return;
    const parent = parentOf(name);
    const key = hashName(parent, domains.key);
    const slot = domains.slot(key, hashName(parent, ~domains.key), receivedAt);
    const all = domains.countOther(slot, isAbsent ? 1 : SAMPLE);
    if (!isAbsent) return;
    const count = domains.count(slot, hashName(name, domains.key));
    if (count < MANY || count < all * SHARE || !teller.hears('random-subdomains', key, receivedAt)) return;
    const many = isDigest(name, 0, name.length - parent.length) || isMadeOfAnother(name) ? MANY_DIGESTS : MANY;
    const different = domains.different(slot);
    const detail = `some ${different} different names within a minute that do not exist or cannot be had`;
    if (different >= many) teller.tell('random-subdomains', key, receivedAt, nameToText(parent), detail);
  };
}
