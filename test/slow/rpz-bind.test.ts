/** Compares response policy zones with BIND's: the same two zones, upstream and 10,000 questions must give the same answers. */
import { decode, encode, type Answer as Decoded } from 'dns-packet';
import { expect, test } from 'vitest';
import type { Random } from '../../src/clock.ts';
import { parseAddress } from '../../src/wire/address.ts';
import { Source, writeResponse, type Answer } from '../../src/wire/answer.ts';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { nameFromText, nameToText, nameToWire } from '../../src/wire/name.ts';
import type { Query } from '../../src/wire/query.ts';
import { BodyWriter } from '../../src/wire/records.ts';
import { Filter } from '../../src/query/filter/filter.ts';
import { hashName } from '../../src/query/hashes.ts';
import { PolicyBuilder } from '../../src/query/filter/policy-builder.ts';
import { RpzReader } from '../../src/query/filter/rpz.ts';
import { asked } from '../fakes/asked.ts';
import { dnsClient } from '../fakes/dns-client.ts';
import { hasNamed, startNamed } from '../programs/named.ts';
import { pick, seeded } from '../fakes/seeded.ts';
import { startFakeUpstream, type Reply } from '../fakes/upstream.ts';

const QUESTIONS = 10_000;
const types = ['A', 'A', 'A', 'A', 'AAAA', 'AAAA', 'TXT', 'MX', 'CNAME', 'CAA', 'NAPTR'];

interface Truth {
  /** The DNAME record that the first alias is synthesized from. */
  readonly dname?: { readonly owner: string; readonly target: string };
  readonly aliases: readonly string[];
  readonly addresses: readonly string[];
  readonly exists: boolean;
}

/**
 * The upstream's data, derived from the name's hash: addresses, nothing, or up to three aliases. Aliases lead from hosts to targets, never in a
 * loop; names below m… are redirected by a DNAME.
 */
function truth(name: string, type: string): Truth {
  const aliases: string[] = [];
  let at = name;
  const [, owner, target] = /^[^.]+\.(m(.*))$/.exec(name) ?? [];
  const dname = owner === undefined ? {} : { dname: { owner, target: `v${target!}` } };
  for (;;) {
    const hash = hashName(nameFromText(at)!, 7);
    const alias =
      at === name && owner !== undefined
        ? name.replace(owner, `v${target!}`)
        : at.startsWith('h') && hash % 5 === 0
          ? `t${hash % 40}.d${hash % 7}.example`
          : at.startsWith('t') && hash % 6 === 0
            ? `u${hash % 40}.d${hash % 5}.example`
            : undefined;
    if (alias === undefined || type === 'CNAME') {
      const exists = hash % 11 !== 0;
      const own = alias !== undefined && type === 'CNAME' ? [alias] : [];
      if (!exists || (type !== 'A' && type !== 'AAAA'))
        return { ...dname, aliases: [...aliases, ...own], addresses: [], exists: exists || own.length > 0 };
      const address = (n: number): string =>
        type === 'A' ? `203.0.${n % 4}.${n % 64}` : `2001:db8:${(n % 4) + 1}::${(n % 64).toString(16)}`;
      const addresses = [address(hash), ...(hash % 3 === 0 ? [address(hash >>> 8)] : [])];
      return { ...dname, aliases, exists, addresses: [...new Set(addresses)] };
    }
    aliases.push(alias);
    at = alias;
  }
}

function asReply(name: string, type: string): Reply {
  const { dname, aliases, addresses, exists } = truth(name, type);
  const chain = [name, ...aliases];
  const answers: Decoded[] = aliases.map((data, index) => ({ type: 'CNAME', name: chain[index]!, ttl: 60, data }));
  if (dname !== undefined) answers.unshift({ type: 'DNAME', name: dname.owner, ttl: 60, data: dname.target });
  for (const data of addresses) answers.push({ type: type as 'A', name: chain.at(-1)!, ttl: 60, data });
  const soa: Decoded = {
    type: 'SOA',
    name: 'example',
    ttl: 60,
    data: { mname: 'ns.example', rname: 'h.example', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 60 },
  };
  return { rcode: exists ? 'NOERROR' : 'NXDOMAIN', answers, authorities: addresses.length === 0 && type !== 'CNAME' ? [soa] : [] };
}

function asAnswer(query: Query): Answer {
  const name = nameToText(query.name).slice(0, -1);
  const type = query.type === Type.A ? 'A' : query.type === Type.AAAA ? 'AAAA' : query.type === Type.CNAME ? 'CNAME' : 'TXT';
  const { dname, aliases, addresses, exists } = truth(name, type);
  const body = new BodyWriter(query.name);
  if (dname !== undefined) body.add('answers', nameFromText(dname.owner)!, Type.DNAME, 60, nameToWire(nameFromText(dname.target)!));
  let owner = query.name;
  for (const alias of aliases) {
    const target = nameFromText(alias)!;
    body.add('answers', owner, Type.CNAME, 60, nameToWire(target));
    owner = target;
  }
  for (const address of addresses) body.add('answers', owner, query.type, 60, parseAddress(address)!);
  return body.answer(exists ? Rcode.NOERROR : Rcode.NXDOMAIN, false, Source.forward);
}

/** Returns a random name; `hosts` are the letters that its host label may begin with. */
function anyName(random: Random, hosts: readonly string[] = ['h', 'h', 't', 'u', 'm']): string {
  const host = `${pick(random, hosts)}${Math.floor(random() * 40)}`;
  const domain = `d${Math.floor(random() * 9)}.example`;
  return random() < 0.2 ? `h${Math.floor(random() * 9)}.${host}.${domain}` : `${host}.${domain}`;
}

/** Returns a random policy zone; `head` is the beginning of the file, with the SOA record. Other names are relative to the zone. */
function policyZone(random: Random, head: string): string {
  const lines = [head, '@ IN NS localhost.'];
  const seen = new Set<string>();
  const action = (): string =>
    pick(random, [
      'CNAME .',
      'CNAME .',
      'CNAME *.',
      'CNAME rpz-passthru.',
      'CNAME rpz-tcp-only.',
      'A 192.0.2.1',
      'AAAA 2001:db8:ffff::1',
      'TXT "policy"',
      'CAA 0 issue "ca.example"',
      'NAPTR 10 20 "u" "sip" "" .',
      'HTTPS 1 . alpn="h2,h3"',
      'TYPE65280 \\# 2 abcd',
      'CNAME u1.d3.example.',
      'CNAME *.garden.example.',
      random() < 0.3 ? 'CNAME rpz-drop.' : 'CNAME .',
    ]);
  for (let i = 0; i < 150; i++) {
    const name = random() < 0.25 ? `*.${pick(random, [anyName(random), `d${Math.floor(random() * 9)}.example`])}` : anyName(random);
    if (!seen.has(name)) lines.push(`${name} ${action()}`);
    seen.add(name);
  }
  // Like safe search: every name of a domain is redirected to one name, which may itself be in that domain.
  for (let i = 0; i < 9; i++) {
    const safe = `u${Math.floor(random() * 40)}.d${i}.example`;
    const all = `*.d${i}.example`;
    if (random() < 0.2 && !seen.has(all)) lines.push(`${all} CNAME ${safe}.`);
    seen.add(all);
  }
  lines.push(
    `$GENERATE ${Math.floor(random() * 20)}-39/3 g$.d${Math.floor(random() * 9)}.example ${pick(random, ['CNAME .', 'A 192.0.2.$', 'MX "10 m$.example."'])}`,
  );
  for (let i = 0; i < 12; i++) {
    const third = Math.floor(random() * 4);
    const host = Math.floor(random() * 64);
    const owner = pick(random, [
      `32.${host}.${third}.0.203.rpz-ip`,
      `29.${host & 0xf8}.${third}.0.203.rpz-ip`,
      `128.${host.toString(16)}.zz.${third + 1}.db8.2001.rpz-ip`,
    ]);
    if (!seen.has(owner)) lines.push(`${owner} ${action()}`);
    seen.add(owner);
  }
  return `${lines.join('\n')}\n`;
}

/** The response as text: RCODE and records, or TC; without the records' order and TTLs, which each server may choose. */
function seen(message: Uint8Array | undefined): string {
  if (message === undefined) return 'nothing';
  const { rcode, flag_tc, answers } = decode(Buffer.from(message)) as unknown as { rcode: string; flag_tc: boolean; answers: Decoded[] };
  const records = answers
    .map((record) => `${record.name} ${record.type} ${JSON.stringify('data' in record ? record.data : undefined)}`)
    .sort();
  return flag_tc ? 'TC' : [rcode, ...records].join(' | ');
}

async function ours(filter: Filter, query: Query): Promise<Uint8Array | undefined> {
  const answer = await filter.stage()(asAnswer)(query);
  if (answer === undefined) return undefined;
  const target = new Uint8Array(4096);
  const form = { limit: 1232, payloadSize: 1232, rotation: 0, now: 0, options: undefined, recursionAvailable: true };
  return target.subarray(0, writeResponse(query, answer, target, form));
}

test.skipIf(!hasNamed)('BIND answers the same to 10,000 questions', { timeout: 300_000 }, async () => {
  const random = seeded(20_261_122);
  const soa = 'IN SOA localhost. root.localhost. 1 3600 600 86400 60';
  const zones = [policyZone(random, `$ttl 60\n$origin rpz0.\n@ ${soa}`), policyZone(random, `rpz1. 60 ${soa}\n$TTL 60`)];
  const upstream = await startFakeUpstream((name, type) => asReply(name, type));
  const named = await startNamed(
    `recursion yes; forward only; forwarders { 127.0.0.1 port ${upstream.port}; }; max-cache-ttl 3600;
     response-policy { zone "rpz0"; zone "rpz1"; };`,
    'zone "rpz0" { type primary; file "rpz0"; }; zone "rpz1" { type primary; file "rpz1"; };',
    { rpz0: zones[0]!, rpz1: zones[1]! },
  );
  const client = await dnsClient(named.url);
  const builder = new PolicyBuilder();
  zones.forEach((zone, index) => {
    builder.beginList(`rpz${index}`, true);
    const reader = new RpzReader(builder);
    zone.split('\n').forEach((line, number) => reader.read(line, number + 1));
  });
  expect(builder.skipped).toEqual([]);
  const filter = new Filter();
  filter.use(builder.finish());

  const differing: string[] = [];
  const outcomes = new Map<string, number>();
  let id = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const mine = ++id;
      if (mine > QUESTIONS) return;
      const name = anyName(random, ['h', 'h', 't', 'u', 'm', 'g']);
      const type = pick(random, types);
      const message = encode({ type: 'query', id: mine, flags: 0x100, questions: [{ name, type: type as 'A' }] });
      const theirs = seen(await Promise.race([client.ask(message), silence()]));
      const own = seen(await ours(filter, asked(name, type)));
      outcomes.set(theirs.split(' ')[0]!, (outcomes.get(theirs.split(' ')[0]!) ?? 0) + 1);
      if (own !== theirs)
        differing.push(
          `${name} ${type}\n  BIND: ${theirs}\n  ours: ${own}\n  rules: ${rulesOn(zones, name)}\n  truth: ${JSON.stringify(truth(name, type))}`,
        );
    }
  };
  await Promise.all(Array.from({ length: 50 }, lane));
  client.close();
  await named.stop();
  await upstream.close();
  expect(differing.slice(0, 10)).toEqual([]);
  expect(differing.length).toBe(0);
  expect([...outcomes.keys()].sort()).toEqual(['NOERROR', 'NXDOMAIN', 'TC', 'nothing']);
});

/** The rules that may match the name, to describe a difference. */
function rulesOn(zones: readonly string[], name: string): string {
  const owners = new Set([name, ...name.split('.').map((_, index, labels) => `*.${labels.slice(index + 1).join('.')}`)]);
  return zones
    .flatMap((zone, index) =>
      zone
        .split('\n')
        .filter((line) => owners.has(line.split(' ')[0]!))
        .map((line) => `${index}: ${line}`),
    )
    .join('; ');
}

function silence(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), 1500));
}
