/** RFC 4343: names are compared without regard to case, and the query's case is preserved. */
import { describe, expect, test } from 'vitest';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { nameOctets } from './message.ts';
import { serveRecorded, transports } from './served.ts';

const served = serveRecorded();

describe.each(transports)('over %s', (transport) => {
  test.each(['WEB.SHOP.SVC.CLUSTER.LOCAL', 'web.Shop.sVC.cluster.LOCAL', 'wEb.sHoP.sVc.cLuStEr.LoCaL'])(
    '3, 4.1: %s is answered, and the case preserved',
    async (name) => {
      const { rcode, question, answers } = await served.ask({ name }, transport);
      expect({ rcode, question: question!.name, answers }).toEqual({
        rcode: Rcode.NOERROR,
        question: `${name}.`,
        answers: [['web.shop.svc.cluster.local.', 30, 'A', '10.96.20.1']],
      });
    },
  );

  test('4.1: a missing name too comes back in its case', async () => {
    const { rcode, question } = await served.ask({ name: 'NO.Such.CLUSTER.local' }, transport);
    expect([rcode, question!.name]).toEqual([Rcode.NXDOMAIN, 'NO.Such.CLUSTER.local.']);
  });

  test('_HTTPS._TCP: labels of services and protocols', async () => {
    const { answers } = await served.ask({ name: '_HtTpS._TCP.Kubernetes.default.svc.cluster.local', type: Type.SRV }, transport);
    expect(answers).toMatchObject([[expect.anything(), 30, 'SRV', '0 100 443 kubernetes.default.svc.cluster.local.']]);
  });
});

test('outside names are one in the cache, and the client sees its own spelling', async () => {
  for (const name of ['cdn.example.test', 'CDN.example.TEST', 'CdN.eXaMpLe.tEsT'])
    expect(await served.ask({ name })).toMatchObject({ rcode: Rcode.NOERROR, question: { name: `${name}.` } });
  expect(served.upstream.asked.filter((question) => question.includes(' cdn.example.test '))).toHaveLength(1);
});

test('3: only the 26 letters: octets that differ by the same bit are different names', async () => {
  // "@" and "`", and "[" and "{", differ by the same bit as "A" and "a".
  for (const name of ['w@b', 'w`b', 'w[b', 'w{b'])
    expect(await served.ask({ name: nameOctets(`${name}.example.test`) })).toMatchObject({ rcode: Rcode.NXDOMAIN });
  expect(served.upstream.asked.filter((question) => / w.{1,8}b\.example\.test /.test(question))).toHaveLength(4);
});
