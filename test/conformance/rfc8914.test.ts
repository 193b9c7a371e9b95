/** RFC 8914: extended DNS errors. */
import { describe, expect, test } from 'vitest';
import { Class, Rcode, Type } from '../../src/wire/iana.ts';
import { recordedUpstream } from '../fakes/upstream.ts';
import { extendedError, opt, type Asked } from './message.ts';
import { serveRecorded, transports } from './served.ts';

const served = serveRecorded(['--upstream-budget', '500ms', '--acl', 'refuse name secret.example.test'], (name, type) =>
  name === 'silent.example.test' ? undefined : recordedUpstream(name, type),
);

const rows: readonly (readonly [says: string, asked: Asked, rcode: number, codes: readonly number[]])[] = [
  ['4.19: Prohibited: a zone transfer', { name: 'cluster.local', type: Type.AXFR }, Rcode.REFUSED, [18]],
  ['4.19: Prohibited: what the rules refuse', { name: 'secret.example.test' }, Rcode.REFUSED, [18]],
  ['4.22: Not Supported: another class', { name: 'cluster.local', class: Class.CH }, Rcode.REFUSED, [21]],
  [
    '4.23, 4.24: No Reachable Authority or Network Error: upstreams that say nothing',
    { name: 'silent.example.test' },
    Rcode.SERVFAIL,
    [22, 23],
  ],
];

describe.each(transports)('over %s', (transport) => {
  test.each(rows)('%s', async (_, asked, rcode, codes) => {
    const response = await served.ask({ ...asked, edns: [opt()] }, transport);
    expect(response.rcode).toBe(rcode);
    expect(codes).toContain(extendedError(response));
    // Section 2: EXTRA-TEXT is UTF-8 and not null-terminated.
    const text = response.edns!.options[15]!.subarray(2);
    expect(text.length).toBeGreaterThan(0);
    expect(text.includes(0)).toBe(false);
  });

  test.each(rows)('6.1: without EDNS no more than the RCODE: %s', async (_, asked, rcode) =>
    expect(await served.ask(asked, transport)).toMatchObject({ rcode, edns: undefined }),
  );

  test('3: an answer that is as it should be has none', async () => {
    for (const name of ['web.shop.svc.cluster.local', 'absent.cluster.local', 'www.example.test'])
      expect((await served.ask({ name, edns: [opt()] }, transport)).edns!.options).toEqual({});
  });
});
