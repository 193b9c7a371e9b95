/** Somebody tries what amplifiers and open zones are known by: ANY and transfers, again and again. */
import type { Random } from '../../clock.ts';
import { formatAddress } from '../../wire/address.ts';
import { Type, typeName } from '../../wire/iana.ts';
import { hashPrefix } from '../hashes.ts';
import type { Detector, Teller } from './alerts.ts';
import { MinuteSketch } from './sketch.ts';

/** A minute from one client; a secondary asks for a transfer a few times an hour. */
const MANY = 10;

export function probes(random: Random, teller: Teller): Detector {
  const clients = new MinuteSketch(256, random);
  return ({ type, client, receivedAt }) => {
    if (type !== Type.ANY && type !== Type.AXFR && type !== Type.IXFR) return;
    const { address } = client;
    const bits = address.length * 8;
    const slot = clients.slot(hashPrefix(address, bits, clients.key), hashPrefix(address, bits, ~clients.key), receivedAt);
    if (clients.count(slot, type) === MANY)
      teller.tell(
        receivedAt,
        'probe',
        formatAddress(address),
        `asked ${MANY} times within a minute for ANY, AXFR or IXFR, last ${typeName(type)}`,
      );
  };
}
