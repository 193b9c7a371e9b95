/** A server without sockets: zones, authority and responder as in the program, with the fake upstream called directly. */
import { decode, encode } from 'dns-packet';
import { systemClock } from '../../src/clock.ts';
import type { ClusterSinks } from '../../src/cluster/model.ts';
import { Publisher } from '../../src/cluster/publisher.ts';
import { ClusterZones, type ClusterZonesOptions } from '../../src/cluster/zones.ts';
import { followAliases } from '../../src/query/aliases.ts';
import { authority } from '../../src/query/authority.ts';
import { compose, type Handler } from '../../src/query/handler.ts';
import { responder } from '../../src/server/responder.ts';
import { emptyAnswer, Source } from '../../src/wire/answer.ts';
import { Rcode } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { isProblem, readResponse } from '../../src/wire/response.ts';
import { Zones } from '../../src/zone/zones.ts';
import { reply } from '../fakes/upstream.ts';
import type { Ask } from './recorded.ts';

const conformanceZones: ClusterZonesOptions = {
  clusterDomain: nameFromText('cluster.local')!,
  reverseZones: [nameFromText('in-addr.arpa')!, nameFromText('ip6.arpa')!],
  ttl: 30,
  negativeTtl: 5,
  pods: 'insecure',
  ownAddresses: [Uint8Array.of(192, 0, 2, 53)],
};

export interface InProcess {
  readonly sinks: ClusterSinks;
  readonly zones: ClusterZones;
  readonly ask: Ask;
  /** Resolves once the source's first lists are served. */
  readonly live: Promise<void>;
}

export function inProcessServer(options: ClusterZonesOptions = conformanceZones): InProcess {
  const zones = new ClusterZones(options);
  const live = Promise.withResolvers<undefined>();
  const publisher = new Publisher({
    post: (update) => {
      zones.apply(structuredClone(update));
      if (update.state === 'live') live.resolve(undefined);
    },
    clock: systemClock,
    needed: ['namespaces', 'services', 'endpointSlices'],
  });
  const handler = compose([followAliases(), authority(new Zones(zones.all), 'hinfo')], askUpstream);
  const respond = responder(handler, {
    clock: systemClock,
    observer: {
      responded: () => undefined,
      late: () => undefined,
      dropped: () => undefined,
      failed: (error) => {
        throw error;
      },
    },
    udpPayload: 1232,
    nsid: undefined,
    cookie: undefined,
  });
  const ask: Ask = (query, transport) => {
    const target = new Uint8Array(65535);
    const client = { address: Uint8Array.of(127, 0, 0, 1), port: 5353, transport };
    const size = respond(query, query.length, client, systemClock.monotonic(), target, () => undefined);
    return Promise.resolve(target.subarray(0, size));
  };
  return { sinks: publisher.store, zones, ask, live: live.promise };
}

/** The fake upstream as over TCP, with TTLs capped at 30 s as by the cache's default. */
const askUpstream: Handler = (query) => {
  const message = decode(reply(query.packet.subarray(0, query.length), 'tcp')!);
  for (const record of message.answers ?? []) if ('ttl' in record) record.ttl = Math.min(record.ttl ?? 0, 30);
  const answer = readResponse(encode(message), { ...query, dnssecOk: false }, query.receivedAt);
  return isProblem(answer) ? emptyAnswer(Rcode.SERVFAIL, Source.forward) : answer;
};
