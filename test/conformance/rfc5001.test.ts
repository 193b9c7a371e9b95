/** RFC 5001: the NSID option. */
import { describe, expect, test } from 'vitest';
import { EdnsOption, Rcode } from '../../src/wire/iana.ts';
import { opt } from './message.ts';
import { serveRecorded, transports } from './served.ts';

const nothing = Buffer.alloc(0);
const asking = { name: 'web.shop.svc.cluster.local', edns: [opt({ options: [[EdnsOption.NSID, nothing]] })] };

describe('with --nsid', () => {
  const served = serveRecorded(['--nsid', 'pod-1']);
  describe.each(transports)('over %s', (transport) => {
    test('2.2: it is told to who asks', async () =>
      expect((await served.ask(asking, transport)).edns!.options[EdnsOption.NSID]!.toString()).toBe('pod-1'));
    test('2.2: and with answers of upstreams too', async () => {
      const { rcode, edns } = await served.ask({ ...asking, name: 'www.example.test' }, transport);
      expect(rcode).toBe(Rcode.NOERROR);
      expect(edns!.options[EdnsOption.NSID]!.toString()).toBe('pod-1');
    });
    test('2.2: and to nobody else', async () =>
      expect((await served.ask({ ...asking, edns: [opt()] }, transport)).edns!.options).toEqual({}));
    test('2.1: a query that says one is answered all the same', async () => {
      const { edns } = await served.ask({ ...asking, edns: [opt({ options: [[EdnsOption.NSID, Buffer.from('you?')]] })] }, transport);
      expect(edns!.options[EdnsOption.NSID]!.toString()).toBe('pod-1');
    });
  });
});

describe('without', () => {
  const served = serveRecorded();
  test('2.2: the option is left out', async () => expect((await served.ask(asking)).edns!.options).toEqual({}));
});
