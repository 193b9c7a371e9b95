/** RFC 2782: SRV records, whose targets are not compressed and have address records. */
import { expect, test } from 'vitest';
import { Type } from '../../src/wire/iana.ts';
import { dnsClient } from '../fakes/dns-client.ts';
import { message, nameOctets } from './message.ts';
import { serveRecorded } from './served.ts';

const served = serveRecorded();

test('the target of every SRV record is not compressed', async () => {
  const client = await dnsClient(`tcp://127.0.0.1:${served.port}`);
  for (const name of ['_https._tcp.kubernetes.default.svc.cluster.local', '_pg._tcp.db.shop.svc.cluster.local']) {
    const octets = Buffer.from(await client.ask(message({ name, type: Type.SRV })));
    const { answers } = await served.ask({ name, type: Type.SRV }, 'tcp');
    expect(answers.length).toBeGreaterThan(0);
    for (const [, , , rdata] of answers) expect(octets.includes(nameOctets(rdata.split(' ')[3]!))).toBe(true);
  }
  client.close();
});

test('targets are names with addresses, given along, and no aliases', async () => {
  const { answers, additionals } = await served.ask({ name: '_pg._tcp.db.shop.svc.cluster.local', type: Type.SRV }, 'tcp');
  const targets = answers.map(([, , , rdata]) => rdata.split(' ')[3]!);
  expect(targets.length).toBeGreaterThan(0);
  expect(new Set(additionals.map(([owner]) => owner))).toEqual(new Set(targets));
  for (const target of targets) expect((await served.ask({ name: target })).answers).toMatchObject([[target, 30, 'A', expect.anything()]]);
});
