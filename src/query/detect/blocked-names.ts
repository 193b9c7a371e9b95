/** Detects a client that queries many names blocked by a blocklist or policy zone: malware that keeps looking for its command server. */
import type { Random } from '../../clock.ts';
import { formatAddress } from '../../wire/address.ts';
import { hashName } from '../hashes.ts';
import type { QueryDetector, Teller } from './alerts.ts';
import { MinuteSketch } from './sketch.ts';

/** Different names per minute, as malware generates them from the date. */
const MANY = 120;
/** Queries per minute for any names. A program whose reporting host is blocked tries once or twice a second, for two types. */
const FLOOD = 1000;

export function blockedNames(random: Random, teller: Teller): QueryDetector {
  const clients = new MinuteSketch(1024, random);
  return ({ name, client: { address }, receivedAt }) => {
    const slot = clients.slotOf(address, receivedAt);
    const count = clients.count(slot, hashName(name, clients.key));
    if (count < MANY) return;
    const key = clients.keyOf(address);
    if (!teller.hears('blocked-names', key, receivedAt)) return;
    const different = clients.different(slot);
    if (different < MANY && count < FLOOD) return;
    const detail = `asked ${count} times within a minute for some ${different} names that policies block`;
    teller.tell('blocked-names', key, receivedAt, formatAddress(address), detail);
  };
}
