/** The cost of a question for a headless Service with thousands of endpoints, which is answered on a thread that all clients share. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { servedCluster, type ServedCluster } from '../../test/fakes/cluster-zones.ts';
import { service, slice } from '../../test/fakes/slim.ts';
import { Type } from '../wire/iana.ts';
import { nameFromText } from '../wire/name.ts';
import { srvRdata } from '../wire/rdata.ts';

vi.mock('../wire/rdata.ts', { spy: true });
const srvMade = vi.mocked(srvRdata);
afterEach(() => srvMade.mockClear());

const big = nameFromText('big.a.svc.cluster.local')!;
const http = nameFromText('_http._tcp.big.a.svc.cluster.local')!;

/** `change` gives the Service other endpoints, so that no answer is prepared. */
function served(endpoints: number, { hostnames = false } = {}): ServedCluster & { change: () => void } {
  const cluster = servedCluster();
  const { publisher } = cluster;
  const put = (shift: number): void => {
    const addresses = Array.from({ length: endpoints }, (_, i) => {
      const n = i + shift;
      return `10.${128 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}${hostnames ? `=agent-${i}` : ''}`;
    });
    publisher.store.endpointSlices.put(slice('a/big', addresses, { ports: ['http:80'] }));
    publisher.flush();
  };
  publisher.store.services.replace([service('a/big')]);
  put(0);
  let shift = 0;
  return { ...cluster, change: () => put(++shift) };
}

describe.each([{ hostnames: false }, { hostnames: true }])('%j', (options) => {
  test.each([
    ['A', 0],
    ['AAAA', 0],
    ['TXT', 0],
    ['SRV', 1300],
    // The addresses alone overflow a message.
    ['ANY', 1],
  ] as const)('a question for %s makes at most %i SRV records', (type, most) => {
    served(5000, options).zones.forward.lookup(big, Type[type]);
    expect(srvMade.mock.calls.length).toBeLessThanOrEqual(most);
  });

  test('what fills the message has no addresses beside it, what does not fill it has all', () => {
    expect(served(5000, options).zones.forward.lookup(http, Type.SRV)).toMatchObject({ truncated: true, additionals: 0 });
    expect(served(500, options).zones.forward.lookup(http, Type.SRV)).toMatchObject({ truncated: false, answers: 500, additionals: 500 });
  });

  test('five times the endpoints cost at most as many times', () => {
    const [few, many] = [served(1000, options), served(5000, options)];
    const times = (cluster: typeof few): number => {
      cluster.change();
      const start = performance.now();
      for (const name of [big, http]) for (const type of [Type.A, Type.SRV]) cluster.zones.forward.lookup(name, type);
      return performance.now() - start;
    };
    // In turns, so that other load on the machine affects both.
    const runs = Array.from({ length: 9 }, () => [times(few), times(many)] as const);
    const median = (of: 0 | 1): number => runs.map((run) => run[of]).sort((a, b) => a - b)[4]!;
    expect(median(1) / median(0)).toBeLessThan(7);
  });
});

test('types it does not have cost nothing after the first', () => {
  const { zones } = served(1000);
  const nodeAt = vi.spyOn(zones.forward, 'nodeAt');
  for (let type = 1000; type < 2000; type++) expect(zones.forward.lookup(big, type)).toMatchObject({ answers: 0, authorities: 1 });
  expect([srvMade.mock.calls.length, nodeAt.mock.calls.length]).toEqual([0, 0]);
});
