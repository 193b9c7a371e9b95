/** Sends packets to a responder, one at a time. Rethrows what a stage throws, where a server would answer SERVFAIL. */
import type { Clock } from '../../src/clock.ts';
import type { Handler } from '../../src/query/handler.ts';
import { responder } from '../../src/server/responder.ts';
import type { Transport } from '../../src/wire/query.ts';
import { checkForm } from './valid-response.ts';

export const UDP_PAYLOAD = 1232;
const MAX_MESSAGE = 65_535;

/** Sends `packet`, and throws when the response is invalid or longer than `limit` octets. */
export type Ask = (packet: Uint8Array, transport: Transport, limit?: number) => Promise<void>;

const target = new Uint8Array(MAX_MESSAGE);

export function answering(handler: Handler, clock: Clock): Ask {
  const failures: unknown[] = [];
  const nothing = (): void => undefined;
  const respond = responder(handler, {
    clock,
    udpPayload: UDP_PAYLOAD,
    nsid: undefined,
    cookie: undefined,
    observer: { responded: nothing, late: nothing, dropped: nothing, failed: (error) => failures.push(error) },
  });
  return async (packet, transport, limit = transport === 'udp' ? UDP_PAYLOAD : MAX_MESSAGE) => {
    const client = { address: Uint8Array.of(10, 0, 0, 1), port: 5353, transport };
    const later = Promise.withResolvers<Uint8Array>();
    const size = respond(packet.slice(), packet.length, client, clock.monotonic(), target, later.resolve);
    const response = size === -1 ? await later.promise : target.slice(0, size);
    if (response.length > 0) checkForm(packet, response, limit);
    if (failures.length > 0) throw failures[0];
  };
}
