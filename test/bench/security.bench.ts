/** The cost that each security stage adds to a query: `node test/bench/security.bench.ts`. Subtract the bare handler's, listed first. */
import { bench, run, summary } from 'mitata';
import { acl, compileAcl } from '../../src/query/acl/acl.ts';
import { forwardAllow } from '../../src/query/acl/forward-allow.ts';
import { clientRate } from '../../src/query/client-limit/client-rate.ts';
import { valueOf } from '../../src/query/compiled.ts';
import { CookieGate } from '../../src/query/cookie-check.ts';
import { detectors } from '../../src/query/detect/detectors.ts';
import { Action } from '../../src/query/filter/action.ts';
import { Filter } from '../../src/query/filter/filter.ts';
import { PolicyBuilder } from '../../src/query/filter/policy-builder.ts';
import { rebindingJudge, rebindProtection } from '../../src/query/filter/rebinding.ts';
import type { Handler, Stage } from '../../src/query/handler.ts';
import { rateLimit } from '../../src/query/rate-limit/rate-limit.ts';
import { compileViews } from '../../src/query/views/view-rule.ts';
import { namespaceViews } from '../../src/query/views/views.ts';
import { Source } from '../../src/wire/answer.ts';
import { ServerCookies } from '../../src/wire/cookie.ts';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { KnownNames } from '../../src/wire/known-names.ts';
import { nameFromText, type Name } from '../../src/wire/name.ts';
import { QueryReader } from '../../src/wire/query.ts';
import { BodyWriter } from '../../src/wire/records.ts';
import { fakeClock } from '../fakes/clock.ts';
import { asked } from '../fakes/asked.ts';
import { seeded } from '../fakes/seeded.ts';

const random = seeded(1);
const name = (text: string): Name => nameFromText(text)!;
const QUERIES = 1024;

/** Different names from different clients, read from packets as the responder does, so that the processor's caches help no more than in a server. */
const packets = Array.from(
  { length: QUERIES },
  (_, index) => asked(`host${index}.shop.example.com`, 'A', { cookie: '2464c4abcf10c957010000005cf79f111f8130c3eee29480' }).packet,
);
const clients = Array.from({ length: QUERIES }, (_, index) => ({
  address: Uint8Array.of(10, 1, index >> 8, index),
  port: 5353,
  transport: 'udp' as const,
}));
const answer = new BodyWriter(name('host.shop.example.com'))
  .add('answers', name('host.shop.example.com'), Type.A, 30, Uint8Array.of(198, 51, 100, 1))
  .answer(Rcode.NOERROR, false, Source.cache);
const next: Handler = () => answer;

const reader = new QueryReader(clients[0]!, new KnownNames());
let turn = 0;
let now = 0;

function measure(what: string, handler: Handler): void {
  bench(what, () => {
    turn = (turn + 1) % QUERIES;
    now += 0.01;
    const packet = packets[turn]!;
    reader.read(packet, packet.length, clients[turn]!, now);
    return handler(reader.query);
  });
}

function stage(what: string, made: Stage): void {
  measure(what, made(next));
}

function rules(count: number): Stage {
  const lines = Array.from(
    { length: count },
    (_, index) => `refuse from 10.${index % 200}.${(index >> 8) + 100}.0/24 name zone${index}.example type TXT`,
  );
  return acl(valueOf(compileAcl(lines, [])), []);
}

const MILLION = 1_000_000;
const loading = performance.now();
const before = process.memoryUsage.rss();
const builder = new PolicyBuilder();
builder.beginList('a million names', true);
for (let i = 0; i < MILLION; i++)
  builder.addName(name(`${'x'.repeat(i % 7)}host${i}.tracker${i % 1000}.com`), i % 10 === 0, Action.nxdomain);
const data = builder.finish();
const octets = data.pool.length + data.tags.length + data.slots.byteLength;
console.log(
  `a million names: built in ${Math.round(performance.now() - loading)} ms, ${(octets / 1e6).toFixed(1)} MB, resident ${((process.memoryUsage.rss() - before) / 1e6).toFixed(0)} MB more with what building left`,
);
const filter = new Filter();
filter.use(data);

const limits = {
  responses: 1e9,
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
  table: 65_536,
};
const rate = { rate: 1e6, burst: 1e6, action: 'refuse' as const, ipv4Prefix: 32, ipv6Prefix: 128, exempt: [], table: 65_536 };
const views = valueOf(compileViews(['* sees own', '? sees *']));
const gate = new CookieGate(new ServerCookies([Buffer.from('e5e973e5a6b2a43f48e7dc849e37bfcf', 'hex')]), 'on', fakeClock(1559731985000));
const watch = detectors(random, () => undefined);

summary(() => {
  measure('nothing: reading the query', next);
  stage('forward-allow', forwardAllow(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']));
  stage('acl, 10 rules', rules(10));
  stage('acl, 5,000 rules', rules(5000));
  stage(
    'rate-limit',
    rateLimit(limits, random, () => false),
  );
  stage('client-rate', clientRate(rate, random));
  stage('namespace-views', namespaceViews({ rules: views, zones: [name('cluster.local')], namespaceOf: () => 'default' }));
  stage('filter, a million names, none met', filter.stage());
  stage('rebind-protection', rebindProtection(rebindingJudge([])));
  measure('cookie, checked', (query) => (gate.check(query), answer));
  measure('detectors', (query) => (watch.responded(query, answer), answer));
});
await run();
