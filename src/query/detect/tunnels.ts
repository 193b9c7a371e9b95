/** Detects data tunneled in names: a client queries ever new long, random-looking names below one domain. A few names a minute go undetected. */
import type { Random } from '../../clock.ts';
import { formatAddress } from '../../wire/address.ts';
import { nameToText, type Name } from '../../wire/name.ts';
import { hashName } from '../hashes.ts';
import type { Detector, Teller } from './alerts.ts';
import { behindAddress, isDigest, MANY_DIGESTS, randomOctets, registeredDomain } from './names.ts';
import { MinuteSketch } from './sketch.ts';

/** Random octets before the registered domain: fewer do not pay for a tunnel, and most host names have fewer. */
const LONG = 24;
/** Different names per minute from one client below one domain. Content networks have such names too, but a client queries few of them at once. */
const MANY = 80;

export function tunnels(random: Random, teller: Teller): Detector {
  const pairs = new MinuteSketch(1024, random);
  return ({ name, client: { address }, receivedAt }) => {
    if (name.length < LONG) return;
    const domain = registeredDomain(name);
    // An address at the start is not data, and a customer's key after it is always the same.
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
