/** Repeated responses in front of a responder, for tests, with what the observer was told. */
import packet from 'dns-packet';
import { expect } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Handler } from '../../src/query/handler.ts';
import { UNTIL_CHANGE, type Lasting } from '../../src/query/lasting.ts';
import { KnownResponses, QUIET } from '../../src/server/known-responses.ts';
import { PacketSlots } from '../../src/server/packet-slots.ts';
import { responder } from '../../src/server/responder.ts';
import { Source, type Answer } from '../../src/wire/answer.ts';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import type { Client, Query } from '../../src/wire/query.ts';
import { BodyWriter } from '../../src/wire/records.ts';

const client: Client = { address: Uint8Array.of(10, 0, 0, 1), port: 4242, transport: 'udp' };
const SLOT = 3;

/** `last` octets are the last ones of the addresses. */
export function addresses(name: string, ...last: readonly number[]): Answer {
  const owner = nameFromText(name)!;
  const rdata = last.map((octet) => Uint8Array.of(10, 0, 0, octet));
  return new BodyWriter(owner).addRRset('answers', owner, { type: Type.A, ttl: 5, rdata }).answer(Rcode.NOERROR, true, Source.zone);
}

export interface Bench {
  readonly known: KnownResponses;
  /** Returns the response, and whether it was known. */
  readonly ask: (message: Uint8Array, at?: number) => { readonly response: Uint8Array; readonly wasKnown: boolean };
  /** What the observer was told last. */
  readonly told: () => object;
}

export function bench(
  handler: Handler,
  lasting: (query: Query, answer: Answer, repeats: number) => Lasting | undefined = () => UNTIL_CHANGE,
  repeats: (query: Query, hit: number) => boolean = () => expect.fail(),
  stillLasts: (query: Query, answer: Answer) => boolean = () => expect.fail(),
): Bench {
  const slots = new PacketSlots({ count: 8, size: 2048, nameLength: 16, controlLength: 0 }, { addressOf: () => 4096 });
  let told = {};
  const responded = (query: Query, answer: Answer, size: number, response: Uint8Array): void => {
    const { edns, packet: octets } = query;
    const ofEdns = edns && { payloadSize: edns.payloadSize, dnssecOk: edns.dnssecOk };
    // The place is a shortcut, and whoever is told of an answer needs none.
    told = {
      ...query,
      packet: undefined,
      place: undefined,
      edns: ofEdns,
      id: octets[0],
      rcode: answer.rcode,
      size,
      response: [...response.subarray(0, size)],
    };
  };
  const known = new KnownResponses({ lasting, stillLasts, repeats, responded });
  const observer = {
    responded: (...all: Parameters<typeof responded>): void => {
      responded(...all);
      known.note(all[0], all[1]);
    },
    late: () => undefined,
    dropped: () => undefined,
    failed: (error: unknown) => expect.fail(String(error)),
  };
  const respond = responder(handler, { clock: systemClock, observer, udpPayload: 1232, nsid: undefined, cookie: undefined });
  return {
    known,
    told: () => told,
    ask(message, at = 7) {
      const target = slots.packets[SLOT]!;
      // What an earlier packet left behind this one must not matter.
      target.fill(0xee);
      target.set(message);
      slots.setReceived(SLOT, message.length);
      const repeated = known.respond(slots, SLOT, client, at);
      if (repeated > 0) return { response: target.slice(0, repeated), wasKnown: true };
      const size = respond(target, message.length, client, at, target, () => expect.fail());
      if (size > 0) known.keep(slots, SLOT, size);
      return { response: target.slice(0, Math.max(0, size)), wasKnown: false };
    },
  };
}

export function quiet({ ask }: Bench): void {
  for (let i = 0; i < QUIET; i++) ask(Uint8Array.of(0, 0));
}

/** A query's octets. */
export const query = (
  name: string,
  { id = 1, type = 'A', flags = 0x100, edns }: { id?: number; type?: string; flags?: number; edns?: object | undefined } = {},
): Buffer =>
  packet.encode({
    type: 'query',
    id,
    flags,
    questions: [{ name, type: type as 'A' }],
    additionals: edns === undefined ? [] : [{ type: 'OPT', name: '.', udpPayloadSize: 1232, options: [], ...edns } as never],
  });

/** The response with its answers in an order that does not depend on rotation, and all other octets. */
export function sorted(response: Uint8Array): object {
  const { answers = [], ...rest } = packet.decode(Buffer.from(response));
  const ordered = answers.map((record) => JSON.stringify(record)).toSorted();
  return { ...rest, answers: ordered, length: response.length };
}
