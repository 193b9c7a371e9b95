/** Data is carried out in names: a client asks for ever new long, random-looking names below one domain. A tunnel of a few names a minute is not seen. */
import type { Random } from '../../clock.ts';
import { formatAddress } from '../../wire/address.ts';
import { nameToText } from '../../wire/name.ts';
import { hashName, hashPrefix } from '../hashes.ts';
import type { Detector, Teller } from './alerts.ts';
import { entropy, registeredDomain } from './names.ts';
import { MinuteSketch } from './sketch.ts';

/** Octets in front of the registered domain: what pays for a tunnel, and is more than most hosts' names have. */
const LONG = 28;
/** Bits an octet. English is below it, hexadecimal digits just below 4, base32 at 5. */
const RANDOM = 3.2;
/** Different names a minute from one client below one domain. Content networks have such names too, but few of them are asked for at once. */
const MANY = 80;

export function tunnels(random: Random, teller: Teller): Detector {
  const pairs = new MinuteSketch(1024, random);
  return ({ name, client: { address }, receivedAt }) => {
    if (name.length < LONG) return;
    const domain = registeredDomain(name);
    const front = name.length - domain.length;
    if (front < LONG || entropy(name, 0, front) < RANDOM) return;
    const client = hashPrefix(address, address.length * 8, pairs.key);
    const below = hashName(domain, pairs.key);
    const slot = pairs.slot(client ^ below, Math.imul(client, 0x9e3779b1) ^ below, receivedAt);
    if (pairs.count(slot, hashName(name, ~pairs.key)) < MANY || !teller.hears('tunnel', receivedAt)) return;
    const different = pairs.different(slot);
    if (different >= MANY)
      teller.tell(
        receivedAt,
        'tunnel',
        `${formatAddress(address)} ${nameToText(domain)}`,
        `some ${different} different long random names within a minute below one domain, which may carry data`,
      );
  };
}
