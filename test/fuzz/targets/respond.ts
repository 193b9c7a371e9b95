/** Fuzzes the whole path of a query except the sockets: with every policy, a cluster's zones, and an upstream that answers at once or later. */
import { namespace, octets, service, slice } from '../../fakes/slim.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { servedCluster } from '../../fakes/cluster-zones.ts';
import { seeded } from '../../fakes/seeded.ts';
import { acl, compileAcl } from '../../../src/query/acl/acl.ts';
import { forwardAllow } from '../../../src/query/acl/forward-allow.ts';
import { followAliases } from '../../../src/query/aliases.ts';
import { anyOutside } from '../../../src/query/any.ts';
import { authority } from '../../../src/query/authority.ts';
import { chaos } from '../../../src/query/chaos.ts';
import { clientRate } from '../../../src/query/client-limit/client-rate.ts';
import { forwardShare } from '../../../src/query/client-limit/forward-share.ts';
import { valueOf } from '../../../src/query/compiled.ts';
import { CookieGate } from '../../../src/query/cookie-check.ts';
import { detectors } from '../../../src/query/detect/detectors.ts';
import { Filter } from '../../../src/query/filter/filter.ts';
import { PolicyBuilder } from '../../../src/query/filter/policy-builder.ts';
import { rebindingJudge, rebindProtection } from '../../../src/query/filter/rebinding.ts';
import { RpzReader } from '../../../src/query/filter/rpz.ts';
import { compose, type Handler } from '../../../src/query/handler.ts';
import { rateLimit } from '../../../src/query/rate-limit/rate-limit.ts';
import { compileViews } from '../../../src/query/views/view-rule.ts';
import { namespaceViews } from '../../../src/query/views/views.ts';
import { responder } from '../../../src/server/responder.ts';
import { Source, type Answer } from '../../../src/wire/answer.ts';
import { ServerCookies } from '../../../src/wire/cookie.ts';
import { Rcode, Type } from '../../../src/wire/iana.ts';
import { nameFromText, nameToWire } from '../../../src/wire/name.ts';
import type { Query, Transport } from '../../../src/wire/query.ts';
import { txtRdata } from '../../../src/wire/rdata.ts';
import { BodyWriter } from '../../../src/wire/records.ts';
import { Zones } from '../../../src/zone/zones.ts';
import type { Target } from '../target.ts';
import { checkResponse } from '../valid-response.ts';

const TRANSPORTS: readonly Transport[] = ['udp', 'tcp', 'tls', 'https'];
const zone = nameFromText('cluster.local')!;

/** Answers with aliases, addresses and large texts depending on the length of the name; for every third length asynchronously. */
const outside: Handler = (query: Query) => {
  const body = new BodyWriter(query.name);
  const target = nameFromText('target.example')!;
  if (query.name.length % 4 === 0) body.add('answers', query.name, Type.CNAME, 60, nameToWire(target));
  if (query.type === Type.A)
    for (let i = 0; i < query.name.length; i++) body.add('answers', query.name, Type.A, 60, Uint8Array.of(198, 51, 100, i));
  else if (query.type === Type.TXT) for (let i = 0; i < 20; i++) body.add('answers', query.name, Type.TXT, 60, txtRdata('x'.repeat(200)));
  const answer: Answer = body.answer(query.name.length % 5 === 0 ? Rcode.NXDOMAIN : Rcode.NOERROR, false, Source.forward);
  return query.name.length % 3 === 0 ? Promise.resolve(answer) : answer;
};

function policies(): Filter {
  const builder = new PolicyBuilder();
  builder.beginList('zone', true);
  const reader = new RpzReader(builder);
  '@ SOA a. b. 1 1 1 1 1\n*.ads.example CNAME .\nlocal.example A 192.0.2.1\n*.star.example CNAME *.garden.example.\n24.0.100.51.198.rpz-ip CNAME *.'
    .split('\n')
    .forEach((line, index) => reader.read(line, index + 1));
  const filter = new Filter();
  filter.use(builder.finish());
  return filter;
}

function makeTarget(): Target {
  const random = seeded(1);
  const clock = fakeClock();
  const { publisher, zones } = servedCluster();
  publisher.store.namespaces.replace([namespace('default')]);
  publisher.store.services.replace([
    service('default/web', { clusterIPs: ['10.96.0.1'], ports: ['http:80/tcp'] }),
    service('default/set', { ports: ['http:80/tcp'] }),
    service('default/ext', { externalName: 'www.example' }),
  ]);
  publisher.store.endpointSlices.replace([slice('default/set', ['10.1.0.1=a', '10.1.0.2', '10.1.0.3'], { ports: ['http:8080/tcp'] })]);
  publisher.flush();
  const gate = new CookieGate(new ServerCookies([new Uint8Array(16)]), 'on', clock);
  const limits = {
    responses: 1000,
    nxdomains: 0,
    errors: 0,
    all: 0,
    window: 15,
    slip: 2,
    ipv4Prefix: 24,
    ipv6Prefix: 56,
    exempt: [],
    wildcards: [],
    logOnly: false,
    table: 4096,
  };
  const handler = compose(
    [
      rateLimit(limits, random, gate.verified),
      clientRate({ rate: 1e6, burst: 1e6, action: 'refuse', ipv4Prefix: 32, ipv6Prefix: 128, exempt: [], table: 1024 }, random),
      followAliases(),
      acl(
        valueOf(
          compileAcl(['nodata name nodata.example type TXT', 'nxdomain from 10.0.0.0/9 name nx.example', 'drop name drop.example'], [zone]),
        ),
        [zone],
      ),
      chaos({ 'version.bind': 'kubezone' }),
      namespaceViews({ rules: valueOf(compileViews(['? sees default'])), zones: [zone], namespaceOf: () => undefined }),
      authority(new Zones(zones.all), 'hinfo'),
      forwardAllow(['10.0.0.0/8', 'fd00::/8']),
      policies().stage(),
      anyOutside('hinfo'),
      rebindProtection(rebindingJudge([])),
      forwardShare({ places: 100, perClient: 0 }),
    ],
    outside,
  );
  const watch = detectors(random, () => undefined);
  const respond = responder(handler, {
    clock,
    udpPayload: 1232,
    nsid: 'fuzz',
    cookie: gate.check,
    observer: {
      responded: (query, answer) => watch.responded(query, answer),
      late: (query, answer) => watch.responded(query, answer),
      dropped: (query) => query && watch.dropped(query),
      failed: (error) => {
        throw error;
      },
    },
  });
  const target = new Uint8Array(65_535);
  const addresses = ['10.0.0.1', '10.200.0.1', '192.0.2.1', 'fd00::1'].map(octets);
  let now = 0;
  return {
    name: 'respond',
    words: [
      '\x03web\x07default\x03svc\x07cluster\x05local\0',
      '\x07example\0',
      '\x01*',
      '\0\0\x29\x04\xd0',
      '\0\x0a\0\x08',
      '\xc0\x0c',
      '\0\xff',
      '\0\xfc',
    ],
    run: async (input) => {
      now += 1;
      const transport = TRANSPORTS[now % 4]!;
      const client = { address: addresses[now % addresses.length]!, port: 5353, transport };
      const packet = input.slice(0, 4096);
      const asked = packet.slice();
      const later = Promise.withResolvers<Uint8Array>();
      const size = respond(packet, packet.length, client, now, target, later.resolve);
      const response = size === -1 ? await later.promise : target.slice(0, size);
      if (response.length === 0) return;
      checkResponse(asked, response, transport === 'udp' ? 1232 : 65_535);
    },
  };
}

export const respondTarget: Target = makeTarget();
