import { expect, test } from 'vitest';
import { asked, type Asked } from '../../test/fakes/asked.ts';
import { servedCluster } from '../../test/fakes/cluster-zones.ts';
import { namespace, service } from '../../test/fakes/slim.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode, rcodeName, Type, typeName } from '../wire/iana.ts';
import { nameFromText, nameToText } from '../wire/name.ts';
import { rdataToText, soaRdata } from '../wire/rdata.ts';
import { BodyWriter } from '../wire/records.ts';
import { answerRecords } from '../wire/splice.ts';
import { Zones } from '../zone/zones.ts';
import { followAliases } from './aliases.ts';
import type { AnyPolicy } from './any.ts';
import { authority } from './authority.ts';
import { compose, type Handler } from './handler.ts';

const { publisher, zones } = servedCluster();
publisher.store.setForbidden('services', 'forbidden', true);
publisher.store.namespaces.replace([namespace('forbidden')]);
publisher.store.services.replace([
  service('shop/web', { clusterIPs: ['10.96.0.1', 'fd00::1'], ports: ['http:80'] }),
  service('shop/out', { kind: 'externalName', externalName: 'www.example.test' }),
  service('shop/away', { kind: 'externalName', externalName: 'down.example.test' }),
]);
publisher.flush();

const corp = { mname: nameFromText('ns.corp.test')!, rname: nameFromText('admin.corp.test')! };
const soa = soaRdata({ ...corp, serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 });

/** Upstreams that know one name and one zone, and fail for another name. */
const outside: Handler = ({ name, type }) => {
  const text = nameToText(name);
  if (text === '10.in-addr.arpa.' && type === Type.SOA)
    return new BodyWriter(name).add('answers', name, type, 60, soa).answer(Rcode.NOERROR, false, Source.forward);
  if (text === 'down.example.test.') return emptyAnswer(Rcode.SERVFAIL, Source.forward, { code: ExtendedError.NETWORK_ERROR, text: '' });
  if (text !== 'www.example.test.' || type !== Type.A) return emptyAnswer(Rcode.NXDOMAIN, Source.forward);
  return new BodyWriter(name).add('answers', name, type, 60, Uint8Array.of(192, 0, 2, 1)).answer(Rcode.NOERROR, false, Source.forward);
};

function ask(name: string, type: string, options: Asked & { any?: AnyPolicy; recursion?: boolean } = {}): string[] {
  const { any = 'hinfo', recursion = true, ...rest } = options;
  const query = { ...asked(name, type, rest), recursionDesired: recursion };
  const answer = compose([followAliases(), authority(new Zones(zones.all), any)], outside)(query) as Answer;
  const records = answerRecords(nameFromText(name)!, answer, 0);
  return [
    `${rcodeName(answer.rcode)}${answer.authoritative ? ' aa' : ''}${answer.truncated === true ? ' tc' : ''}`,
    ...records.map((record) => `${typeName(record.type)} ${rdataToText(record.type, record.rdata)}`),
  ];
}

const web = 'web.shop.svc.cluster.local';
const everything = ['NOERROR aa', 'A 10.96.0.1', 'AAAA fd00::1', `SRV 0 100 80 ${web}.`];

test.each<[string, string, Parameters<typeof ask>[2], string[]]>([
  [web, 'A', {}, ['NOERROR aa', 'A 10.96.0.1']],
  [web, 'TYPE0', {}, ['NOERROR aa']],
  [web, 'DS', {}, ['NOERROR aa']],
  // A CNAME is alone at its name, and small (RFC 8482 section 4.2).
  ['out.shop.svc.cluster.local', 'ANY', {}, ['NOERROR aa', 'CNAME www.example.test.']],
  ['absent.shop.svc.cluster.local', 'A', {}, ['NXDOMAIN aa']],
  ['absent.shop.svc.cluster.local', 'SOA', {}, ['NOERROR aa']],
  ['9.9.9.9.in-addr.arpa', 'PTR', {}, ['NXDOMAIN']],
  // An empty non-terminal here: unknown upstream, a zone apex upstream, and without RD; then a name with records here.
  ['10.in-addr.arpa', 'TXT', {}, ['NOERROR aa']],
  ['10.in-addr.arpa', 'SOA', {}, ['NOERROR', 'SOA ns.corp.test. admin.corp.test. 1 2 3 4 5']],
  ['10.in-addr.arpa', 'SOA', { recursion: false }, ['NOERROR aa']],
  ['1.0.96.10.in-addr.arpa', 'SOA', {}, ['NOERROR aa']],
  ['1.0.96.10.in-addr.arpa', 'PTR', {}, ['NOERROR aa', `PTR ${web}.`]],
  // Queries of a validator go upstream; this upstream knows no such name.
  ['in-addr.arpa', 'DNSKEY', {}, ['NXDOMAIN']],
  ['10.in-addr.arpa', 'DS', {}, ['NXDOMAIN']],
  ['10.in-addr.arpa', 'DS', { recursion: false }, ['NOERROR aa']],
  [web, 'ANY', {}, ['NOERROR aa', 'HINFO "RFC8482" ""']],
  ['shop.svc.cluster.local', 'ANY', {}, ['NOERROR aa', 'HINFO "RFC8482" ""']],
  [web, 'ANY', { transport: 'tcp' }, ['NOERROR aa', 'HINFO "RFC8482" ""']],
  [web, 'ANY', { any: 'tcp' }, ['NOERROR tc']],
  [web, 'ANY', { any: 'tcp', transport: 'tcp' }, everything],
  [web, 'ANY', { any: 'tcp', transport: 'https' }, everything],
  ['shop.svc.cluster.local', 'ANY', { any: 'tcp', transport: 'tcp' }, ['NOERROR aa']],
  ['out.shop.svc.cluster.local', 'ANY', { any: 'tcp', transport: 'tcp' }, ['NOERROR aa', 'CNAME www.example.test.']],
  ['absent.shop.svc.cluster.local', 'ANY', { any: 'tcp', transport: 'tcp' }, ['NXDOMAIN aa']],
  [web, 'ANY', { any: 'refuse', transport: 'tcp' }, ['REFUSED']],
  ['web.forbidden.svc.cluster.local', 'A', {}, ['SERVFAIL']],
  ['web.forbidden.svc.cluster.local', 'ANY', {}, ['SERVFAIL']],
  ['out.shop.svc.cluster.local', 'A', {}, ['NOERROR aa', 'CNAME www.example.test.', 'A 192.0.2.1']],
  ['out.shop.svc.cluster.local', 'AAAA', {}, ['NOERROR aa', 'CNAME www.example.test.']],
  ['out.shop.svc.cluster.local', 'A', { recursion: false }, ['NOERROR aa', 'CNAME www.example.test.']],
  ['away.shop.svc.cluster.local', 'A', {}, ['SERVFAIL']],
  ['away.shop.svc.cluster.local', 'A', { recursion: false }, ['NOERROR aa', 'CNAME down.example.test.']],
])('%s %s %j: %j', (name, type, options, expected) => expect(ask(name, type, options)).toEqual(expected));
