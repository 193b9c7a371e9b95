import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packet from 'dns-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dnsClient } from '../../test/fakes/dns-client.ts';
import { startProgram, whenReady, type Program } from '../../test/programs/kubezone.ts';
import { startFakeUpstream, type FakeUpstream } from '../../test/fakes/upstream.ts';
import { servingText, type FullExplanation } from './full-explanation.ts';

let folder: string;
let upstream: FakeUpstream;
let program: Program;

const alias = (name: string, target: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { type: 'ExternalName', externalName: target },
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'explain-'));
  upstream = await startFakeUpstream((name, type) => ({
    rcode: 'NOERROR',
    answers: [{ name, type: 'A', ttl: 300, data: `192.0.2.${type.length}` }],
  }));
  await Promise.all([
    writeFile(
      join(folder, 'cluster.json'),
      [alias('out', 'www.cached.test'), alias('further', 'out.shop.svc.cluster.local'), alias('blocked', 'ads.test')]
        .map((one) => JSON.stringify(one))
        .join('\n---\n'),
    ),
    writeFile(join(folder, 'hosts'), '192.0.2.9 printer.corp\n'),
    writeFile(join(folder, 'blocked.txt'), 'ads.test\n'),
  ]);
  const lists = ['--hosts', join(folder, 'hosts'), '--blocklist', join(folder, 'blocked.txt'), '--blocklist-action', 'nodata'];
  const address = `udp://127.0.0.1:${upstream.port}`;
  program = await startProgram([
    '--lameduck',
    '0s',
    '--manifests',
    join(folder, 'cluster.json'),
    '--upstream',
    address,
    '--zones',
    `stub.corp=${address}`,
    ...lists,
  ]);
  await whenReady(program);
  const client = await dnsClient(`udp://127.0.0.1:${program.port}`);
  await client.ask(
    packet.encode({ type: 'query', id: 7, flags: packet.RECURSION_DESIRED, questions: [{ name: 'www.cached.test', type: 'A' }] }),
  );
  client.close();
}, 30_000);
afterAll(async () => {
  await program.stop('SIGKILL');
  await upstream.close();
  await rm(folder, { recursive: true });
});

const listed = 'aliases in the answer meet the blocklists too (--blocklist)';

/** Questions and their explanations, with the upstream's addresses and the times left out. */
const cases: [question: string, says: string[]][] = [
  ['kubernetes.default.svc.cluster.local A', ['thread 0: answered by authority']],
  ['www.other.test A', [listed, 'thread 0: answered by forward', '  would ask UPSTREAM for zone .']],
  ['a.stub.corp A', [listed, 'thread 0: answered by forward', '  would ask UPSTREAM for zone stub.corp.']],
  [
    'www.cached.test A',
    [listed, 'thread 0: answered by cache', '  cached: A NOERROR, positive, fresh, TTL', '  would ask UPSTREAM for zone .'],
  ],
  [
    'www.cached.test AAAA',
    [listed, 'thread 0: answered by forward', '  cached: A NOERROR, positive, fresh, TTL', '  would ask UPSTREAM for zone .'],
  ],
  ['in-addr.arpa DNSKEY', [listed, 'thread 0: answered by forward', '  would ask UPSTREAM for zone .']],
  ['ads.test A', ['thread 0: answered by filter: FOLDER/blocked.txt has a rule for the name: nodata']],
  ['printer.corp A', ['thread 0: answered by hosts']],
  ['printer.corp TXT', ['thread 0: answered by hosts']],
  ['192.0.2.9', ['thread 0: answered by hosts']],
  ['localhost A', ['thread 0: answered by specialNames']],
  [
    'further.shop.svc.cluster.local A',
    [
      'thread 0: answered by authority, and www.cached.test. by cache',
      '  cached: A NOERROR, positive, fresh, TTL',
      '  would ask UPSTREAM for zone .',
    ],
  ],
  ['out.shop.svc.cluster.local TXT', ['thread 0: answered by authority']],
  [
    'blocked.shop.svc.cluster.local A',
    ['thread 0: answered by authority, and ads.test. by filter: FOLDER/blocked.txt has a rule for the name: nodata'],
  ],
];

test.each(cases)('which stage answers %s', async (question, says) => {
  const [name = '', type = 'PTR'] = question.split(' ');
  const asked = type === 'PTR' ? '9.2.0.192.in-addr.arpa' : name;
  const response = await fetch(`${program.admin}/debug/explain?name=${asked}&type=${type}`);
  const text = servingText((await response.json()) as FullExplanation).map((line) =>
    line
      .replace(/udp:\S+ \(up, [\d.]+ ms\)/, 'UPSTREAM')
      .replace(/\d+ s left, \d+ hits/, 'TTL')
      .replace(folder, 'FOLDER'),
  );
  expect(text).toEqual(says);
});

test('before the first list our zones, those of addresses too, pass nothing on', async () => {
  const config = join(folder, 'config');
  await writeFile(config, kubeconfigOfNobody);
  const loading = await startProgram(['--lameduck', '0s', '--upstream', `127.0.0.1:${upstream.port}`, '--kubeconfig', config]);
  try {
    const response = await fetch(`${loading.admin}/debug/explain?name=1.0.0.10.in-addr.arpa&type=PTR`);
    expect(await response.json()).toMatchObject({ outcome: 'notReady', serving: [{ stage: 'authority', upstreams: [] }] });
  } finally {
    await loading.stop('SIGKILL');
  }
});

const kubeconfigOfNobody = [
  'apiVersion: v1',
  'kind: Config',
  'current-context: c',
  'clusters: [{ name: c, cluster: { server: "http://127.0.0.1:9" } }]',
  'contexts: [{ name: c, context: { cluster: c, user: u } }]',
  'users: [{ name: u, user: {} }]',
  '',
].join('\n');
