/** Data is carried out in names: a client asks for ever new long, random-looking names below one domain. A tunnel of a few names a minute is not seen. */
import type { Random } from '../../clock.ts';
import { formatAddress } from '../../wire/address.ts';
import { nameToText, type Name } from '../../wire/name.ts';
import { hashName } from '../hashes.ts';
import type { Detector, Teller } from './alerts.ts';
import { behindAddress, isDigest, MANY_DIGESTS, randomOctets, registeredDomain } from './names.ts';
import { MinuteSketch } from './sketch.ts';

/** Random octets in front of the registered domain: what pays for a tunnel, and is more than most hosts' names have. */
const LONG = 24;
/** Different names a minute from one client below one domain. Content networks have such names too, but few of them are asked for at once. */
const MANY = 80;

export function tunnels(random: Random, teller: Teller): Detector {
  const pairs = new MinuteSketch(1024, random);
  return ({ name, client: { address }, receivedAt }) => {
    if (name.length < LONG) return;
    const domain = registeredDomain(name);
    // The address in front is no data, and a customer's key behind it is always the same.
    const from = behindAddress(name);
    const to = name.length - domain.length;
    if (to - from < LONG || randomOctets(name, from, to) < LONG) return;
    const digest = isDigest(name, from, to);
    const many = digest ? MANY_DIGESTS : MANY;
    const client = pairs.keyOf(address);
    const key = (client ^ hashName(domain, digest ? ~pairs.key : pairs.key)) >>> 0;
    const slot = pairs.slot(key, Math.imul(client, 0x9e3779b1) ^ key, receivedAt);
    const data = from === 0 ? name : (name.slice(from) as Name);
    if (pairs.count(slot, hashName(data, ~pairs.key)) < many || !teller.hears('tunnel', key, receivedAt)) return;
    const different = pairs.different(slot);
    if (different < many) return;
    const subject = `${formatAddress(address)} ${nameToText(domain)}`;
    const detail = `some ${different} different long random names within a minute below one domain, which may carry data`;
    teller.tell('tunnel', key, receivedAt, subject, detail);
  };
}
