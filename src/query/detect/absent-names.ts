/** Detects a client that queries many outside names that do not exist: malware looking for its command server, or a guesser of names. */
import type { Random } from '../../clock.ts';
import { formatAddress } from '../../wire/address.ts';
import { Rcode } from '../../wire/iana.ts';
import type { Name } from '../../wire/name.ts';
import { hashName } from '../hashes.ts';
import type { Detector, Teller } from './alerts.ts';
import { isMadeOfAnother } from './names.ts';
import { MinuteSketch, SAMPLE } from './sketch.ts';

/** Different names per minute, of at most three labels: longer ones come from search paths. */
const MANY = 120;
const LABELS = 3;
/** Their least share of the client's answers: some names that a crawler or a mail server looks up do not exist either. */
const PART = 0.1;
/** Absent answers per minute for any names, and their share of the client's answers: a misconfiguration that burdens upstreams. */
const FLOOD = 3000;
const SHARE = 0.8;

export function absentNames(random: Random, teller: Teller): Detector {
  const clients = new MinuteSketch(1024, random);
  return ({ name, client: { address }, receivedAt }, { rcode }) => {
    const isAbsent = rcode === Rcode.NXDOMAIN;
    if ((!isAbsent && random() * SAMPLE >= 1) || isMadeOfAnother(name)) return;
    const slot = clients.slotOf(address, receivedAt);
    const all = clients.countOther(slot, isAbsent ? 1 : SAMPLE);
    if (!isAbsent) return;
    // Longer names are counted, but all as the same name.
    const count = clients.count(slot, hasAtMost(LABELS, name) ? hashName(name, clients.key) : 0);
    if (count < MANY) return;
    const key = clients.keyOf(address);
    if (!teller.hears('absent-names', key, receivedAt)) return;
    const different = clients.different(slot);
    const tell = (detail: string): void => teller.tell('absent-names', key, receivedAt, formatAddress(address), detail);
    if (different >= Math.max(MANY, all * PART))
      tell(`asked for some ${different} different outside names within a minute that do not exist`);
    else if (count >= FLOOD && count >= all * SHARE) {
      const percent = Math.round((count / all) * 100);
      tell(`asked ${count} times within a minute for outside names that do not exist, ${percent} % of what it asks`);
    }
  };
}

function hasAtMost(labels: number, name: Name): boolean {
  let at = 0;
  for (; labels > 0 && name.charCodeAt(at) !== 0; labels--) at += 1 + name.charCodeAt(at);
  return name.charCodeAt(at) === 0;
}
