/** RFC 2181: RRsets are complete and have one TTL, what sets TC, and NS records at the apex. */
import { describe, expect, test } from 'vitest';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { opt } from './message.ts';
import { serveRecorded, transports } from './served.ts';

const served = serveRecorded();

describe.each(transports)('over %s', (transport) => {
  test('5.2: the records of an RRset have one TTL', async () => {
    const { answers } = await served.ask({ name: 'db.shop.svc.cluster.local' }, transport);
    expect(new Set(answers.map(([, ttl]) => ttl))).toEqual(new Set([30]));
  });

  test('5, 5.5: no record is there twice', async () => {
    const { answers } = await served.ask({ name: '10.3.244.10.in-addr.arpa', type: Type.PTR }, transport);
    expect(answers.length).toBeGreaterThan(1);
    expect(new Set(answers.map(String)).size).toBe(answers.length);
  });
});

/** SRV records with the addresses of their targets: the answer section takes some 250 octets, the additional section as many. */
const srv = { name: 'db.shop.svc.cluster.local', type: Type.SRV };

test('9: additional records that do not fit are left out, and TC stays unset', async () => {
  const whole = await served.ask({ ...srv, edns: [opt()] });
  const cut = await served.ask(srv);
  expect(whole.flags).toBe('qr aa rd ra');
  expect(cut.answers).toHaveLength(whole.answers.length);
  expect(cut.flags).toBe('qr aa rd ra');
  expect(cut.length).toBeLessThanOrEqual(512);
});

test('9: an answer that does not fit says TC, and what follows the cut is left out', async () => {
  const { flags, answers, additionals } = await served.ask({ name: 'wide.media.svc.cluster.local', type: Type.SRV });
  expect(flags).toBe('qr aa tc rd ra');
  expect(answers.length).toBeGreaterThan(0);
  expect(additionals).toEqual([]);
});

test('5.4.1, 6.1: the NS records at the apex are ours, and have an address that is ours', async () => {
  const { flags, answers } = await served.ask({ name: 'cluster.local', type: Type.NS });
  expect(flags).toBe('qr aa rd ra');
  expect(answers).toHaveLength(1);
  const target = answers[0]![3];
  expect(await served.ask({ name: target, type: Type.CNAME })).toMatchObject({ rcode: Rcode.NOERROR, answers: [] });
  expect((await served.ask({ name: target })).answers.length).toBeGreaterThan(0);
});

test('10.1: beside a CNAME there is nothing', async () => {
  for (const type of [Type.TXT, Type.MX, Type.SRV, Type.NS])
    expect(
      (await served.ask({ name: 'alias.shop.svc.cluster.local', type })).answers.filter(
        ([owner, , kind]) => owner.startsWith('alias.') && kind !== 'CNAME',
      ),
    ).toEqual([]);
});
