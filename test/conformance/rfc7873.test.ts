/** RFC 7873 and RFC 9018: DNS cookies. */
import { describe, expect, test } from 'vitest';
import { EdnsOption, Rcode } from '../../src/wire/iana.ts';
import { opt, uint16s, type Asked, type Response } from './message.ts';
import { serveRecorded, transports } from './served.ts';

const client = Buffer.from('0123456789abcdef', 'hex');
const asking = (cookie: Uint8Array, name = 'web.shop.svc.cluster.local'): Asked => ({
  name,
  edns: [opt({ options: [[EdnsOption.COOKIE, cookie]] })],
});
const cookieOf = ({ edns }: Response): Buffer => edns!.options[EdnsOption.COOKIE]!;
/** A query without a question (RFC 7873 section 5.4). */
const cookieOnly = (...options: readonly (readonly [number, Uint8Array])[]): Buffer =>
  Buffer.concat([uint16s(4711, 0x100, 0, 0, 0, 1), opt({ options })]);
/** Changes the last octet of one of our cookies. */
const forged = (cookie: Buffer): Buffer => Buffer.from(cookie.map((octet, index) => (index === cookie.length - 1 ? octet ^ 1 : octet)));

describe('unless told otherwise', () => {
  const served = serveRecorded();
  describe.each(transports)('over %s', (transport) => {
    test('5.2.3: a client cookie is answered with itself and a server cookie of 16 octets', async () => {
      const response = await served.ask(asking(client), transport);
      const cookie = cookieOf(response);
      expect(response.rcode).toBe(Rcode.NOERROR);
      expect(cookie).toHaveLength(24);
      expect(cookie.subarray(0, 8)).toEqual(client);
      // RFC 9018 section 4: version 1, then three reserved octets.
      expect([...cookie.subarray(8, 12)]).toEqual([1, 0, 0, 0]);
    });

    test('5.2.5: one of ours comes back and is taken', async () => {
      const cookie = cookieOf(await served.ask(asking(client), transport));
      const again = await served.ask(asking(cookie), transport);
      expect(again.rcode).toBe(Rcode.NOERROR);
      expect(cookieOf(again)).toEqual(cookie);
    });

    test('5.2.4: one that is not ours is answered, with a new one', async () => {
      const bad = forged(cookieOf(await served.ask(asking(client), transport)));
      const response = await served.ask(asking(bad), transport);
      expect(response.rcode).toBe(Rcode.NOERROR);
      expect(cookieOf(response)).not.toEqual(bad);
      expect(cookieOf(response).subarray(0, 8)).toEqual(client);
    });

    test.each([0, 1, 7, 9, 15, 41, 64])('5.2.2: a cookie of %i octets is malformed', async (size) =>
      expect((await served.ask(asking(Buffer.alloc(size, 1)), transport)).rcode).toBe(Rcode.FORMERR),
    );

    test('5.4: without a question a server cookie is given, or confirmed', async () => {
      const given = await served.ask(cookieOnly([EdnsOption.COOKIE, client]), transport);
      expect(given).toMatchObject({ rcode: Rcode.NOERROR, question: undefined, answers: [], authorities: [] });
      const cookie = cookieOf(given);
      expect(cookie).toHaveLength(24);
      expect((await served.ask(cookieOnly([EdnsOption.COOKIE, cookie]), transport)).rcode).toBe(Rcode.NOERROR);
      const bad = await served.ask(cookieOnly([EdnsOption.COOKIE, forged(cookie)]), transport);
      expect(bad.rcode).toBe(Rcode.BADCOOKIE);
      expect(cookieOf(bad).subarray(0, 8)).toEqual(client);
    });

    test('5.4: without a question and a cookie it is malformed', async () => {
      const response = await served.ask(cookieOnly(), transport);
      expect(response).toMatchObject({ rcode: Rcode.FORMERR, edns: { options: {} } });
      expect((await served.ask(cookieOnly([EdnsOption.COOKIE, Buffer.alloc(7)]), transport)).rcode).toBe(Rcode.FORMERR);
    });

    test('5.2.1: without a cookie there is none', async () =>
      expect((await served.ask({ name: 'web.shop.svc.cluster.local', edns: [opt()] }, transport)).edns!.options).toEqual({}));

    test('answers of upstreams carry it too', async () =>
      expect(cookieOf(await served.ask(asking(client, 'www.example.test'), transport)).subarray(0, 8)).toEqual(client));
  });
});

describe('with --cookies required', () => {
  const served = serveRecorded(['--cookies', 'required']);

  test('5.2.3: over UDP a client that knows cookies comes again with ours', async () => {
    const refused = await served.ask(asking(client));
    expect(refused).toMatchObject({ rcode: Rcode.BADCOOKIE, answers: [] });
    const again = await served.ask(asking(cookieOf(refused)));
    expect(again.rcode).toBe(Rcode.NOERROR);
    expect(again.answers).toHaveLength(1);
    expect((await served.ask(asking(forged(cookieOf(refused))))).rcode).toBe(Rcode.BADCOOKIE);
  });

  test('5.2.3: over TCP its address is known', async () => expect((await served.ask(asking(client), 'tcp')).rcode).toBe(Rcode.NOERROR));
});

describe('with --cookies off', () => {
  const served = serveRecorded(['--cookies', 'off']);
  test('5.2.1: the option is ignored', async () => {
    const { rcode, edns } = await served.ask(asking(client));
    expect([rcode, edns!.options]).toEqual([Rcode.NOERROR, {}]);
  });
  test('5.4: and without a question it is malformed', async () =>
    expect((await served.ask(cookieOnly([EdnsOption.COOKIE, client]))).rcode).toBe(Rcode.FORMERR));
});
