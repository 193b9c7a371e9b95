/** Detects a client that probes for amplifiers and open zones: repeated queries for ANY and zone transfers. */
import type { Random } from '../../clock.ts';
import { formatAddress } from '../../wire/address.ts';
import { Type, typeName } from '../../wire/iana.ts';
import type { QueryDetector, Teller } from './alerts.ts';
import { MinuteSketch } from './sketch.ts';

/** Queries per minute and client; a secondary requests a transfer a few times an hour. */
const MANY = 10;

export function probes(random: Random, teller: Teller): QueryDetector {
  const clients = new MinuteSketch(256, random);
  return ({ type, client: { address }, receivedAt }) => {
    if (type !== Type.ANY && type !== Type.AXFR && type !== Type.IXFR) return;
    const slot = clients.slotOf(address, receivedAt);
    const key = clients.keyOf(address);
    if (clients.count(slot, type) < MANY || !teller.hears('probe', key, receivedAt)) return;
    const detail = `asked ${MANY} times within a minute for ANY, AXFR or IXFR, last ${typeName(type)}`;
    teller.tell('probe', key, receivedAt, formatAddress(address), detail);
  };
}
