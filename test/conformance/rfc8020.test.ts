/** RFC 8020: NXDOMAIN means that nothing exists below the name either, so a name with descendants is never NXDOMAIN. */
import { describe, expect, test } from 'vitest';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { serveRecorded, transports } from './served.ts';

const served = serveRecorded();

describe.each(transports)('over %s', (transport) => {
  test.each([
    'svc.cluster.local',
    'pod.cluster.local',
    'shop.svc.cluster.local',
    'empty.svc.cluster.local',
    'shop.pod.cluster.local',
    '_tcp.kubernetes.default.svc.cluster.local',
  ])('2: %s has names below it: NODATA, whatever the type', async (name) => {
    for (const type of [Type.A, Type.AAAA, Type.SRV, Type.TXT, Type.NS, Type.PTR])
      expect(await served.ask({ name, type }, transport)).toMatchObject({ rcode: Rcode.NOERROR, answers: [], flags: 'qr aa rd ra' });
  });

  test.each([
    'absent.svc.cluster.local',
    'web.absent.svc.cluster.local',
    'a.b.c.absent.cluster.local',
    '_tcp.absent.shop.svc.cluster.local',
    'below.absent.shop.svc.cluster.local',
  ])('2: %s is not there, nor is what is below it', async (name) => {
    for (const asked of [name, `x.${name}`, `_x._tcp.${name}`])
      expect(await served.ask({ name: asked }, transport)).toMatchObject({ rcode: Rcode.NXDOMAIN, answers: [], flags: 'qr aa rd ra' });
  });
});
