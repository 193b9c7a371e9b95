/** RFC 1034: aliases, and the RD bit. */
import { expect, test } from 'vitest';
import { Type } from '../../src/wire/iana.ts';
import { RD } from './message.ts';
import { serveRecorded } from './served.ts';

const served = serveRecorded();

test('3.6.2: an alias is followed, its own records first, and the answer is ours', async () => {
  const { flags, answers } = await served.ask({ name: 'alias2.shop.svc.cluster.local' });
  expect(flags).toBe('qr aa rd ra');
  expect(answers.map(([owner, , type, rdata]) => `${owner} ${type} ${rdata}`)).toEqual([
    'alias.shop.svc.cluster.local. CNAME web.shop.svc.cluster.local.',
    'alias2.shop.svc.cluster.local. CNAME alias.shop.svc.cluster.local.',
    'web.shop.svc.cluster.local. A 10.96.20.1',
  ]);
});

test('3.6.2: asked for the alias itself, nothing is followed', async () => {
  const { answers } = await served.ask({ name: 'alias2.shop.svc.cluster.local', type: Type.CNAME });
  expect(answers).toEqual([['alias2.shop.svc.cluster.local.', 30, 'CNAME', 'alias.shop.svc.cluster.local.']]);
});

test('4.3.2: an alias that leaves our zones is followed through the upstream', async () => {
  const { answers } = await served.ask({ name: 'mail.shop.svc.cluster.local' });
  expect(answers).toMatchObject([
    ['mail.shop.svc.cluster.local.', 30, 'CNAME', 'www.example.test.'],
    ['www.example.test.', expect.any(Number), 'A', '192.0.2.80'],
  ]);
});

test('4.3.1: a query without RD is answered from our zones, and RD is given back as it came', async () => {
  for (const [flags, given] of [
    [RD, 'qr aa rd ra'],
    [0, 'qr aa ra'],
  ] as const)
    expect(await served.ask({ name: 'web.shop.svc.cluster.local', flags })).toMatchObject({
      flags: given,
      answers: [['web.shop.svc.cluster.local.', 30, 'A', '10.96.20.1']],
    });
});
