/** RFC 8482: minimal answers to ANY. */
import { describe, expect, test } from 'vitest';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { serveRecorded, transports } from './served.ts';

const any = (name: string) => ({ name, type: Type.ANY });
const ours = 'web.shop.svc.cluster.local';
const outside = 'example.test';

describe('unless told otherwise', () => {
  const served = serveRecorded();
  describe.each(transports)('over %s', (transport) => {
    test.each([
      [ours, 'qr aa rd ra'],
      ['wide.media.svc.cluster.local', 'qr aa rd ra'],
      [outside, 'qr rd ra'],
    ])('4.2: %s has one HINFO record', async (name, flags) => {
      const response = await served.ask(any(name), transport);
      expect(response).toMatchObject({
        rcode: Rcode.NOERROR,
        flags,
        answers: [[`${name}.`, expect.any(Number), 'HINFO', expect.stringContaining('RFC8482')]],
      });
      expect(response.length).toBeLessThan(100);
    });
    test('4: a missing name is missing', async () =>
      expect((await served.ask(any('absent.cluster.local'), transport)).rcode).toBe(Rcode.NXDOMAIN));
  });
  test('no upstream was asked', () => expect(served.upstream.asked.filter((question) => question.includes(outside))).toEqual([]));
});

describe('with --any tcp', () => {
  const served = serveRecorded(['--any', 'tcp']);
  test('4.4: over UDP the client is told to come by TCP', async () => {
    for (const name of [ours, outside])
      expect(await served.ask(any(name))).toMatchObject({
        rcode: Rcode.NOERROR,
        flags: expect.stringContaining('tc') as never,
        answers: [],
      });
  });
  test('4.4: which is answered', async () => expect((await served.ask(any(ours), 'tcp')).answers.length).toBeGreaterThan(0));
});

describe('with --any refuse', () => {
  const served = serveRecorded(['--any', 'refuse']);
  test.each(transports)('over %s it is refused', async (transport) => {
    for (const name of [ours, outside]) expect(await served.ask(any(name), transport)).toMatchObject({ rcode: Rcode.REFUSED, answers: [] });
  });
});
