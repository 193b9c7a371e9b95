/** The cost of one answer without sockets: reading the query, finding the answer, writing the response, and all three together. */
import { bench, do_not_optimize, run, summary } from 'mitata';
import { systemClock } from '../../src/clock.ts';
import { responder, type ResponderObserver } from '../../src/server/responder.ts';
import { emptyAnswer, Source, writeResponse, type Answer, type Form } from '../../src/wire/answer.ts';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { KnownNames } from '../../src/wire/known-names.ts';
import { nameFromText, type Name } from '../../src/wire/name.ts';
import { QueryReader, type Client } from '../../src/wire/query.ts';
import { writeQuestion } from '../../src/wire/question.ts';
import { BodyWriter } from '../../src/wire/records.ts';

const NAMES = 5000;
const client: Client = { address: Uint8Array.of(127, 0, 0, 1), port: 4000, transport: 'udp' };
const form: Form = { limit: 1232, payloadSize: 1232, rotation: 0, now: 0, options: undefined, recursionAvailable: true };
const absent = emptyAnswer(Rcode.NXDOMAIN, Source.zone);
const nothing = (): void => undefined;
const observer: ResponderObserver = { responded: nothing, late: nothing, dropped: nothing, failed: nothing };

const names = Array.from({ length: NAMES }, (_, i) => nameFromText(`svc-${i}.ns-${i % 50}.svc.cluster.local`)!);
const zone = new Map<Name, Answer>(names.map((name, i) => [name, addressAnswer(name, i)]));
const packets = names.map((name, id) => writeQuestion({ name, type: Type.A, dnssecOk: false, checkingDisabled: false }, id, 1232));
const targets = names.map(() => new Uint8Array(1232));
const respond = responder((query) => zone.get(query.name) ?? absent, {
  clock: systemClock,
  observer,
  udpPayload: 1232,
  nsid: undefined,
  cookie: undefined,
});

function addressAnswer(name: Name, i: number): Answer {
  const rdata = [Uint8Array.of(10, 96, i >> 8, i & 255)];
  return new BodyWriter(name).addRRset('answers', name, { type: Type.A, ttl: 30, rdata }).answer(Rcode.NOERROR, true, Source.zone);
}

/** Takes the next name on each run: a single name would stay in the processor's caches, as it would not in a real server. */
function inTurn(run: (i: number) => unknown): () => void {
  let i = 0;
  return () => {
    i = (i + 1) % NAMES;
    do_not_optimize(run(i));
  };
}

const reader = new QueryReader(client, new KnownNames());
const forgetful = new QueryReader(client);
const queries = packets.map((packet) => {
  const own = new QueryReader(client);
  own.read(packet, packet.length, client, 0);
  return own.query;
});

summary(() => {
  bench(
    'read a query with EDNS',
    inTurn((i) => reader.read(packets[i]!, packets[i]!.length, client, 0)),
  );
  bench(
    'read it and find its answer among 5,000 names',
    inTurn((i) => {
      reader.read(packets[i]!, packets[i]!.length, client, 0);
      return zone.get(reader.query.name);
    }),
  );
  bench(
    'the same, the name a new string each time',
    inTurn((i) => {
      forgetful.read(packets[i]!, packets[i]!.length, client, 0);
      return zone.get(forgetful.query.name);
    }),
  );
  bench(
    'write a response of one address',
    inTurn((i) => writeResponse(queries[i]!, zone.get(names[i]!)!, targets[i]!, form)),
  );
  bench(
    'packet to packet',
    inTurn((i) => respond(packets[i]!, packets[i]!.length, client, 0, targets[i]!, nothing)),
  );
});

await run();
