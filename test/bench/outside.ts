/** The upstream of the servers under test: one A record for every name, with a TTL of an hour, so that their caches answer all later queries. */
import { systemClock } from '../../src/clock.ts';
import { dgramUdpListener } from '../../src/server/dgram-udp.ts';
import type { Listener, Respond } from '../../src/server/listener.ts';
import { parseAddress } from '../../src/wire/address.ts';
import { HEADER_SIZE } from '../../src/wire/query.ts';

export async function startOutside(): Promise<Listener & { readonly port: number }> {
  const listener = dgramUdpListener({ endpoint: { host: '127.0.0.1', port: 0 }, clock: systemClock, respond });
  await listener.listen();
  return { ...listener, close: () => listener.close(), port: Number(new URL(listener.url).port) };
}

export const outsideAddress = '192.0.2.1';

/** The answer record: a pointer to the question's name, A, IN, TTL 3600 s, the address. */
const record = Uint8Array.of(0xc0, HEADER_SIZE, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4, ...parseAddress(outsideAddress)!);

const respond: Respond = (packet, _length, _client, _receivedAt, target) => {
  let end = HEADER_SIZE;
  while (packet[end] !== 0) end += 1 + packet[end]!;
  end += 5;
  target.set(packet.subarray(0, end));
  const isAddress = packet[end - 3] === 1;
  target.set([0x81, 0x80, 0, 1, 0, isAddress ? 1 : 0, 0, 0, 0, 0], 2);
  if (!isAddress) return end;
  target.set(record, end);
  return end + record.length;
};
