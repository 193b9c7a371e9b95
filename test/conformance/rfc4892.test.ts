/** RFC 4892: names of class CHAOS that identify the server, answered only with --chaos. */
import { describe, expect, test } from 'vitest';
import { Class, Rcode, Type } from '../../src/wire/iana.ts';
import { serveRecorded, transports } from './served.ts';

const txt = { type: Type.TXT, class: Class.CH };

describe('unless told otherwise', () => {
  const served = serveRecorded();
  test.each(['version.bind', 'version.server', 'id.server', 'hostname.bind', 'authors.bind'])('3: %s is refused', async (name) =>
    expect(await served.ask({ ...txt, name })).toMatchObject({ rcode: Rcode.REFUSED, flags: 'qr rd ra', answers: [] }),
  );
});

describe('with --chaos', () => {
  const served = serveRecorded(['--chaos', '--nsid', 'kubezone-7']);
  describe.each(transports)('over %s', (transport) => {
    test.each([
      ['version.bind', /^"kubezone \d/],
      ['VERSION.Server', /^"kubezone \d/],
      ['id.server', /^"kubezone-7"$/],
    ])('3: %s', async (name, says) => {
      const { rcode, flags, answers } = await served.ask({ ...txt, name }, transport);
      expect({ rcode, flags }).toEqual({ rcode: Rcode.NOERROR, flags: 'qr aa rd ra' });
      expect(answers).toEqual([[`${name.toLowerCase()}.`, 0, 'TXT', expect.stringMatching(says)]]);
    });

    test('other names of the class, and version.bind of class IN, say nothing', async () => {
      expect(await served.ask({ ...txt, name: 'authors.bind' }, transport)).toMatchObject({ rcode: Rcode.REFUSED, answers: [] });
      expect(await served.ask({ type: Type.TXT, name: 'version.bind' }, transport)).toMatchObject({ rcode: Rcode.NXDOMAIN, answers: [] });
    });
  });
});
