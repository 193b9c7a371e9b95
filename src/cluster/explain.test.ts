import { beforeEach, describe, expect, it } from 'vitest';
import { servedCluster, zoneOptions, type ServedCluster } from '../../test/fakes/cluster-zones.ts';
import { namespace, pod, service, slice } from '../../test/fakes/slim.ts';
import { Type, typeFromName } from '../wire/iana.ts';
import { nameFromText } from '../wire/name.ts';
import { rdataToText } from '../wire/rdata.ts';
import { answerRecords } from '../wire/splice.ts';
import { explain } from './explain.ts';
import { explanationText, type Explanation } from './explanation.ts';
import { nearNames } from './near.ts';
import type { PodsMode } from './pod-records.ts';

let cluster: ServedCluster;
beforeEach(() => {
  cluster = servedCluster({}, { pods: 'verified' });
  const { store } = cluster.publisher;
  store.namespaces.replace(['shop', 'media', 'empty', 'kube-system'].map(namespace));
  store.endpointSlices.replace([
    slice('shop/db', ['10.0.0.1=db-0', '10.0.0.2', '!10.0.0.3=db-2'], { ports: ['pg:5432', 'dns:53/udp'] }),
    slice('shop/db', ['10.0.0.2'], { suffix: '2', ports: ['pg:5432'] }),
    slice('shop/nobody', ['!10.0.0.4', '~10.0.0.5', '!10.0.0.6']),
    slice('shop/nobody', ['!10.0.0.4'], { suffix: '2', ports: ['pg:5432'] }),
    slice('shop/portless', ['10.0.0.8=p-0']),
    slice('shop/portless', ['!10.0.0.9=p-1'], { suffix: '2', ports: ['pg:5432'] }),
    { ...slice('shop/pods', ['10.0.0.10', '10.0.0.11']), podNames: ['web.0', 'web-1'] },
    slice('shop/ported-alias', ['192.0.2.53'], { ports: ['bad name:1'] }),
    slice('empty/orphan', ['10.0.0.7']),
    slice('kube-system/kube-dns', ['192.0.2.53']),
  ]);
  store.pods.replace([pod('shop/p', '10.1.0.1', '2001:db8::')]);
  store.services.replace([
    service('shop/web', { clusterIPs: ['10.96.0.1'], ports: ['http:80', ':81'] }),
    service('media/web', { clusterIPs: ['10.96.0.2'] }),
    service('shop/db'),
    service('shop/nobody'),
    service('shop/noslice'),
    service('shop/pending', { kind: 'clusterIP' }),
    service('shop/alias', { externalName: 'alias2.shop.svc.cluster.local' }),
    service('shop/alias2', { externalName: 'db.shop.svc.cluster.local' }),
    service('shop/ring', { externalName: 'ring2.shop.svc.cluster.local' }),
    service('shop/ring2', { externalName: 'ring.shop.svc.cluster.local' }),
    service('shop/away', { externalName: 'www.example.test' }),
    service('shop/ip', { externalName: '192.0.2.1' }),
    service('shop/self', { externalName: 'self.shop.svc.cluster.local' }),
    service('shop/portless'),
    service('shop/ported-alias', { externalName: 'www.example.test' }),
    service('shop/pods'),
    service('shop/six', { clusterIPs: ['fd00:96::6'] }),
    service('shop/to-pod', { externalName: '10-1-0-1.shop.pod.cluster.local' }),
    service('kube-system/kube-dns', { clusterIPs: ['10.96.0.10'], ports: ['dns:53/udp'] }),
  ]);
  cluster.publisher.flush();
});

function explained(name: string, type = 'A', pods: PodsMode = 'verified'): Explanation {
  return explain(nameFromText(name)!, typeFromName(type)!, cluster.publisher, { ...zoneOptions, pods });
}

describe('below svc.cluster.local', () => {
  it.each<[string, string, Explanation['outcome'], string | RegExp, string[]?]>([
    ['web.shop', 'A', 'answer', 'cluster IP 10.96.0.1; 0 of 0 endpoints ready'],
    ['web.shop', 'AAAA', 'nodata', 'the Service has no IPv6 address'],
    ['six.shop', 'A', 'nodata', 'the Service has no IPv4 address'],
    ['web.shop', 'TXT', 'nodata', 'the Service has records of types A, AAAA and SRV only'],
    ['_http._tcp.web.shop', 'SRV', 'answer', /^cluster IP/],
    ['_http._udp.web.shop', 'SRV', 'nxdomain', 'shop/web has no port named "http" of protocol "udp"; it has http 80/tcp, 81/tcp'],
    ['http.tcp.web.shop', 'SRV', 'nxdomain', /port and protocol need underscores, as in _http\._tcp$/],
    ['_tcp.web.shop', 'SRV', 'nodata', /^ports are below it: http 80\/tcp$/],
    ['_tcp.web.shop', 'TXT', 'nodata', /^ports are below it: http 80\/tcp$/],
    ['_http._tcp.web.shop', 'A', 'nodata', 'the name of a port has SRV records only'],
    ['ported-alias.shop', 'TXT', 'nodata', 'an ExternalName Service is followed for types A and AAAA only'],
    ['_sctp.web.shop', 'SRV', 'nxdomain', /no named port of protocol "sctp"/],
    ['a.b.c.web.shop', 'A', 'nxdomain', /at most two labels/],
    ['db.shop', 'A', 'answer', '2 of 3 endpoints ready'],
    ['db.shop', 'AAAA', 'nodata', 'the Service has no IPv6 address'],
    ['db-0.db.shop', 'A', 'answer', '2 of 3 endpoints ready'],
    ['db-2.db.shop', 'A', 'nxdomain', 'endpoint db-2 (10.0.0.3) is not ready'],
    ['db-9.db.shop', 'A', 'nxdomain', 'no endpoint of shop/db is named "db-9"'],
    ['nobody.shop', 'A', 'nxdomain', '0 of 3 endpoints ready: a headless Service without ready endpoints has no name'],
    ['noslice.shop', 'A', 'nxdomain', /^0 of 0 endpoints ready/],
    ['pending.shop', 'A', 'nxdomain', 'no cluster IP is allotted to the Service yet'],
    ['orphan.empty', 'A', 'nxdomain', 'there is no Service "orphan" in namespace "empty", though EndpointSlices (1) speak of it'],
    ['wep.shop', 'A', 'nxdomain', 'there is no Service "wep" in namespace "shop"', ['web.shop.svc.cluster.local.']],
    ['web.empty', 'A', 'nxdomain', /no Service "web"/, ['web.shop.svc.cluster.local.', 'web.media.svc.cluster.local.']],
    ['web.shopp', 'A', 'nxdomain', 'there is no namespace "shopp"', ['web.shop.svc.cluster.local.']],
    ['other.shopp', 'A', 'nxdomain', 'there is no namespace "shopp"', ['shop.svc.cluster.local.']],
    ['shop', 'A', 'nodata', 'the name of namespace "shop" has no records of its own'],
    ['shpo', 'A', 'nxdomain', 'there is no namespace "shpo"', ['shop.svc.cluster.local.']],
    ['ip.shop', 'A', 'nxdomain', /externalName 192\.0\.2\.1 is an IP address/],
    ['self.shop', 'A', 'nodata', 'its aliases lead round in a ring: self.shop.svc.cluster.local.'],
    ['alias.shop', 'AAAA', 'nodata', 'its target alias2.shop.svc.cluster.local has no such record'],
    ['ring.shop', 'A', 'nodata', 'its aliases lead round in a ring: ring2.shop.svc.cluster.local. → ring.shop.svc.cluster.local.'],
    ['away.shop', 'TXT', 'nodata', 'an ExternalName Service is followed for types A and AAAA only'],
    ['x.away.shop', 'A', 'nxdomain', /nothing is below its name/],
    ['p-0.portless.shop', 'SRV', 'nodata', 'the name has no port'],
    ['_pg._tcp.portless.shop', 'SRV', 'nxdomain', /no port named "pg" of protocol "tcp"; its ready endpoints have no ports$/],
    ['_tcp.portless.shop', 'SRV', 'nxdomain', /no named port of protocol "tcp"; its ready endpoints have no ports$/],
    ['to-pod.shop', 'A', 'answer', /an alias of 10-1-0-1\.shop\.pod/],
  ])('%s %s: %s, %s', (name, type, outcome, reason, nearMisses = []) => {
    const explanation = explained(`${name}.svc.cluster.local`, type);
    expect(explanation.outcome).toBe(outcome);
    expect(explanation.reasons[0]).toMatch(reason);
    expect(explanation.nearMisses).toEqual(nearMisses);
  });
});

describe('elsewhere', () => {
  it.each<[string, Explanation['outcome'], string | RegExp, PodsMode?]>([
    ['www.example.test', 'outside', 'the name lies in none of our zones'],
    ['cluster.local', 'nodata', 'a name every cluster has'],
    ['shop.cluster.local', 'nxdomain', /names of the cluster end in svc\.cluster\.local\./],
    ['10-1-0-1.shop.pod.cluster.local', 'answer', 'a Pod of the namespace has this address'],
    ['10-1-0-2.shop.pod.cluster.local', 'nxdomain', 'no Pod of namespace "shop" has this address (--pods verified)'],
    ['10-1-0-2.shop.pod.cluster.local', 'answer', 'any address is a name (--pods insecure)', 'insecure'],
    ['10-1-0-1.shop.pod.cluster.local', 'nxdomain', 'Pods have no names here (--pods disabled)', 'disabled'],
    ['p.shop.pod.cluster.local', 'nxdomain', '"p" is no address written with hyphens, such as 10-0-0-1'],
    ['fd00--1.shop.pod.cluster.local', 'nodata', 'the address is of the other family', 'insecure'],
    ['2001-db8-0-0-0-0-0-0.shop.pod.cluster.local', 'nxdomain', /has this address, but its name spells it "2001-db8--0"/],
  ])('%s: %s, %s', (name, outcome, reason, pods) => {
    const explanation = explained(name, 'A', pods);
    expect([explanation.outcome, explanation.reasons.length]).toEqual([outcome, 1]);
    expect(explanation.reasons[0]).toMatch(reason);
  });

  it.each([
    ['web.shop', ['web.shop.svc.cluster.local.']],
    ['web.shop.svc', ['web.shop.svc.cluster.local.']],
    ['db-0.db.shop', ['db-0.db.shop.svc.cluster.local.']],
    ['web.empty', []],
    ['www.example.test', []],
  ])('%s, as a Pod may say it, is meant for %j', (name, meant) => expect(explained(name).nearMisses).toEqual(meant));

  it.each([
    ['1.0.96.10.in-addr.arpa', 'answer', 'the address is of shop/web'],
    ['2.0.0.10.in-addr.arpa', 'answer', 'the address is of shop/db'],
    ['3.0.0.10.in-addr.arpa', 'outside', 'no Service and no endpoint that is served has the address'],
    ['0.0.10.in-addr.arpa', 'outside', 'the name spells a part of an address only, which is for others to answer'],
    ['x.arpa', 'outside', 'the name lies in none of our zones'],
    ['x.in-addr.arpa', 'outside', 'the name spells no address'],
  ])('%s PTR: %s, %s', (name, outcome, reason) => {
    const explanation = explained(name, 'PTR');
    expect([explanation.outcome, explanation.reasons]).toEqual([outcome, [reason]]);
  });

  it('the name of an address has no other records', () =>
    expect(explained('1.0.96.10.in-addr.arpa', 'TXT')).toMatchObject({
      outcome: 'nodata',
      reasons: ['the address is of shop/web; its name has PTR records only'],
    }));

  it('keys that sign the zones above are not ours', () =>
    expect(explained('1.0.96.10.in-addr.arpa', 'DS')).toMatchObject({ outcome: 'outside' }));
});

describe('where only a part is served', () => {
  const narrowed = (name: string): string[] =>
    explain(nameFromText(name)!, 1, cluster.publisher, { ...zoneOptions, namespaces: ['shop', 'media'], selector: 'team=x' })
      .reasons as string[];

  it.each([
    ['web.billing.svc.cluster.local', [/^namespace "billing" is not served: it is not among --namespaces shop,media$/]],
    ['wep.shop.svc.cluster.local', [/^there is no Service "wep"/, /^only what matches --selector "team=x" is served$/]],
    ['web.shop.svc.cluster.local', [/^cluster IP/]],
  ])('%s: %j', (name, reasons) => {
    const said = narrowed(name);
    expect(said).toHaveLength(reasons.length);
    reasons.forEach((reason, index) => expect(said[index]).toMatch(reason));
  });
});

it('an endpoint is shown under the label it has, where its Pod is named by no label', () =>
  expect(explained('pods.shop.svc.cluster.local').services[0]!.slices[0]!.endpoints.map(({ label }) => label)).toEqual([
    '10-0-0-10',
    'web-1',
  ]));

it('nameservers of the zones are Services with an address of ours, and no aliases', () =>
  expect(explained('cluster.local', 'NS')).toMatchObject({
    records: ['cluster.local. 30 NS kube-dns.kube-system.svc.cluster.local.'],
    chain: [],
  }));

it.each([
  [16, 'answer', /an alias of s1\.shop/],
  [17, 'nodata', /^its aliases lead on through more than 16 names$/],
])('%d aliases, one behind the other: %s, as served', (length, outcome, reason) => {
  const aliases = Array.from({ length }, (_, i) => service(`shop/s${i}`, { externalName: `s${i + 1}.shop.svc.cluster.local` }));
  cluster.publisher.store.services.replace([...aliases, service(`shop/s${length}`, { clusterIPs: ['10.96.0.1'] })]);
  cluster.publisher.flush();
  const { reasons, ...explanation } = explained('s0.shop.svc.cluster.local');
  expect(explanation.outcome).toBe(outcome);
  expect(explanation.records).toHaveLength(cluster.zones.forward.lookup(nameFromText('s0.shop.svc.cluster.local')!, Type.A)!.answers);
  expect(reasons[0]).toMatch(reason);
});

it('SOA of a missing name is told of', () =>
  expect(explained('wep.shop.svc.cluster.local', 'SOA').reasons).toEqual([
    'there is no Service "wep" in namespace "shop"',
    'asked for SOA it is answered NODATA, as who asks looks for the top of the zone',
  ]));

describe('an answer', () => {
  it('comes with its records, and the chain of aliases that leads to them', () => {
    expect(explained('alias.shop.svc.cluster.local')).toMatchObject({
      outcome: 'answer',
      chain: ['alias2.shop.svc.cluster.local.', 'db.shop.svc.cluster.local.'],
      records: [
        'alias.shop.svc.cluster.local. 30 CNAME alias2.shop.svc.cluster.local.',
        'alias2.shop.svc.cluster.local. 30 CNAME db.shop.svc.cluster.local.',
        'db.shop.svc.cluster.local. 30 A 10.0.0.1',
        'db.shop.svc.cluster.local. 30 A 10.0.0.2',
      ],
    });
    expect(explained('alias.shop.svc.cluster.local').services.map(({ key }) => key)).toEqual(['shop/alias', 'shop/alias2', 'shop/db']);
    expect(explained('away.shop.svc.cluster.local')).toMatchObject({
      outcome: 'answer',
      chain: ['www.example.test.'],
      records: ['away.shop.svc.cluster.local. 30 CNAME www.example.test.'],
    });
  });

  it('is what the server says, for every name there is', () => {
    for (const zone of cluster.zones.all)
      for (const { name, rrsets } of zone.nodes())
        for (const type of new Set([...rrsets.map((rrset) => rrset.type), Type.A, Type.AAAA])) {
          const answer = zone.lookup(name, type)!;
          const { records } = explain(name, type, cluster.publisher, { ...zoneOptions, pods: 'verified' });
          const said = answerRecords(name, answer, 0).map(({ rdata, ...record }) => rdataToText(record.type, rdata));
          expect(records.map((record) => record.split(' ').slice(3).join(' '))).toEqual(said);
        }
  });

  it('is told as text, the endpoints with what they are', () => {
    expect(explanationText(explained('db.shop.svc.cluster.local'))).toEqual([
      'db.shop.svc.cluster.local. A: answered',
      '  db.shop.svc.cluster.local. 30 A 10.0.0.1',
      '  db.shop.svc.cluster.local. 30 A 10.0.0.2',
      '  - 2 of 3 endpoints ready',
      'Service shop/db: headless; 2 of 3 endpoints ready',
      '  EndpointSlice db-1: ports pg 5432/tcp, dns 53/udp',
      '    10.0.0.3 db-2 not ready',
      '    10.0.0.1 db-0 ready',
      '    10.0.0.2 10-0-0-2 ready',
      '  EndpointSlice db-2: ports pg 5432/tcp',
      '    10.0.0.2 10-0-0-2 ready',
    ]);
    expect(explanationText(explained('wep.shop.svc.cluster.local'))).toContain('  did you mean web.shop.svc.cluster.local.?');
    expect(explanationText(explained('away.shop.svc.cluster.local'))).toContain('  leads to www.example.test.');
  });

  it('is a plain value', () => {
    const explanation = explained('db.shop.svc.cluster.local');
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  });
});

describe('before the first lists are complete', () => {
  it('nothing is known', () => {
    const { publisher } = servedCluster({ needed: ['services', 'endpointSlices'] });
    publisher.store.services.replace([service('shop/db')]);
    const explanation = explain(nameFromText('db.shop.svc.cluster.local')!, 1, publisher, zoneOptions);
    expect([explanation.outcome, explanation.reasons]).toEqual(['notReady', ['the first list of endpointSlices is not complete']]);
  });

  it('names outside do not hang on them', () => {
    const { publisher } = servedCluster({ needed: ['services'] });
    const explanation = explain(nameFromText('www.example.test')!, 1, publisher, zoneOptions);
    expect([explanation.outcome, explanation.reasons]).toEqual(['outside', ['the name lies in none of our zones']]);
  });

  it('Pods that may not be listed are said to be why', () => {
    const { publisher } = servedCluster({ needed: ['services', 'pods'] }, { pods: 'verified' });
    publisher.store.services.replace([service('shop/web', { clusterIPs: ['10.96.0.1'] })]);
    publisher.store.forbidPods();
    publisher.flush();
    const explanation = explain(nameFromText('10-0-0-1.shop.pod.cluster.local')!, 1, publisher, { ...zoneOptions, pods: 'verified' });
    expect([explanation.outcome, explanation.reasons]).toEqual([
      'notReady',
      ['Pods may not be listed, so none can be verified (--pods verified)'],
    ]);
  });

  it('answers come from a snapshot', () => {
    const { publisher } = servedCluster({ initial: cluster.publisher.snapshot() });
    const explanation = explain(nameFromText('db.shop.svc.cluster.local')!, 1, publisher, zoneOptions);
    expect([explanation.outcome, explanation.state]).toEqual(['answer', 'stale']);
    expect(explanation.reasons).toEqual(['the first list of services is not complete: answers are from a snapshot']);
    expect(explanation.records).toHaveLength(2);
  });
});

it.each([
  ['web', ['wep', 'webs', 'db', 'wab', 'web', 'ewb'], ['ewb', 'wab', 'webs']],
  ['payments', ['payment', 'paymnets', 'billing'], ['payment', 'paymnets']],
  ['wbe', ['web'], ['web']],
  ['x', ['abc'], []],
])('near %s of %j are %j', (word, known, expected) => {
  expect(nearNames(word, known)).toEqual(expected);
});
