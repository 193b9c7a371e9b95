import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { exchanged, type Said } from '../../test/fakes/exchanged.ts';
import { Source, sourceNames } from '../wire/answer.ts';
import { Rcode } from '../wire/iana.ts';
import { corednsMetrics } from './coredns-metrics.ts';
import { countersBlock, countersOver } from './counters.ts';
import type { Facts } from './metric.ts';
import { ownMetrics } from './metrics.ts';
import { createMetrics } from './registry.ts';
import { responderObserver, type AnswerObserver } from './responder-observer.ts';
import { Slots, slotsBlock, zoneFinder } from './slots.ts';

const facts: Facts = { version: '1', revision: '', runtime: '', servers: { udp: 'dns://:53', tcp: 'dns://:53', tls: 'tls://:853' } };
const zones = ['cluster.local.', 'in-addr.arpa.'];

interface Watched {
  readonly observer: AnswerObserver;
  readonly failed: (error: unknown) => void;
  readonly scraped: () => Promise<Scraped>;
}

interface Scraped {
  /** The value of a sample, by its line up to the value; 0 if absent. */
  value(sample: string): number;
  /** The sum of all samples of that name. */
  total(name: string): number;
}

function watched(threads = 1): Watched[] {
  const slots = new Slots(slotsBlock());
  const blocks = Array.from({ length: threads + 1 }, countersBlock);
  const metrics = createMetrics({ metrics: [...ownMetrics, ...corednsMetrics], blocks, slots, facts, readers: {} });
  return blocks.slice(1).map((block) => {
    const failed = vi.fn();
    const observer = responderObserver({ counters: countersOver(block), zoneOf: zoneFinder(slots, zones), failed });
    const scraped = async (): Promise<Scraped> => {
      const { body } = await metrics.scrape('text');
      const values = body.split('\n').map((line): [string, number] => {
        const end = line.lastIndexOf(' ');
        return [line.slice(0, end), Number(line.slice(end))];
      });
      const byLine = new Map(values);
      return {
        value: (sample) => byLine.get(sample) ?? 0,
        total: (name) => values.reduce((sum, [line, value]) => (line.split('{')[0] === name ? sum + value : sum), 0),
      };
    };
    return { observer, failed, scraped };
  });
}

const counted: readonly { readonly of: string; readonly said: Said; readonly samples: readonly string[] }[] = [
  {
    of: 'a name of the zone',
    said: { name: 'web.default.svc.cluster.local', type: 'AAAA' },
    samples: [
      'kubezone_dns_requests_total{proto="udp",family="ipv4",type="AAAA",zone="cluster.local."}',
      'kubezone_dns_responses_total{rcode="NOERROR",source="zone",zone="cluster.local."}',
      'coredns_dns_requests_total{server="dns://:53",zone="cluster.local.",view="",proto="udp",family="1",type="AAAA"}',
      'coredns_dns_responses_total{server="dns://:53",zone="cluster.local.",view="",rcode="NOERROR",plugin="kubernetes"}',
    ],
  },
  {
    of: 'an outside name from the cache, IPv6, over TLS, with DO',
    said: { from: '2001:db8::1', transport: 'tls', source: 1, dnssecOk: true },
    samples: [
      'kubezone_dns_requests_total{proto="tls",family="ipv6",type="A",zone="."}',
      'kubezone_dns_responses_total{rcode="NOERROR",source="cache",zone="."}',
      'kubezone_dns_do_requests_total{zone="."}',
      'coredns_dns_requests_total{server="tls://:853",zone=".",view="",proto="tls",family="2",type="A"}',
    ],
  },
  {
    of: 'a type and an RCODE that nobody lists',
    said: { type: 'TYPE65280', rcode: 17 },
    samples: [
      'kubezone_dns_requests_total{proto="udp",family="ipv4",type="other",zone="."}',
      'kubezone_dns_responses_total{rcode="other",source="zone",zone="."}',
    ],
  },
  {
    of: 'a name that only ends like the zone',
    said: { name: 'notcluster.local', rcode: Rcode.NXDOMAIN, source: 3 },
    samples: ['kubezone_dns_responses_total{rcode="NXDOMAIN",source="forward",zone="."}'],
  },
  { of: 'a truncated response', said: { truncated: true }, samples: ['kubezone_dns_truncated_responses_total{proto="udp"}'] },
];

test.each(counted)('$of is counted once under each of its labels', async ({ said, samples }) => {
  const [{ observer, scraped }] = watched() as [Watched];
  const { query, answer, size, response } = exchanged(said);
  observer.responded(query, answer, size, response);
  const { value } = await scraped();
  expect(samples.map((sample) => [sample, value(sample)])).toEqual(samples.map((sample) => [sample, 1]));
});

test('answers of a batch share its time, later ones have their own', async () => {
  const [{ observer, scraped }] = watched() as [Watched];
  const { query, answer, size, response } = exchanged({ source: 3 });
  observer.responded(query, answer, size, response);
  observer.responded(query, answer, size, response);
  observer.batch(0.4);
  observer.late(query, answer, size, 30, response);
  observer.batch(5);
  const { value } = await scraped();
  const buckets = ['0.00025', '0.0005', '0.016', '0.032', '+Inf'].map((le) =>
    value(`kubezone_dns_request_duration_seconds_bucket{le="${le}",proto="udp",source="forward"}`),
  );
  expect(buckets).toEqual([0, 2, 2, 3, 3]);
  expect(value('kubezone_dns_request_duration_seconds_sum{proto="udp",source="forward"}')).toBeCloseTo(0.0308);
  expect(value('coredns_dns_request_duration_seconds_bucket{le="0.0005",server="dns://:53",zone=".",view=""}')).toBe(2);
});

test('every answer of a batch has its time counted, however many a client asked for at once', async () => {
  const [{ observer, scraped }] = watched() as [Watched];
  const { query, answer, size, response } = exchanged({ transport: 'tcp' });
  for (let i = 0; i < 5000; i++) observer.responded(query, answer, size, response);
  observer.batch(1);
  expect((await scraped()).total('kubezone_dns_request_duration_seconds_count')).toBe(5000);
});

test.each([
  ['an alias that leads outside', Source.zone],
  ['a stale answer', Source.stale],
  ['a search path that leads outside', Source.policy],
  ['one that another query had asked for', Source.cache],
])('the time of %s that waited is no time of answers from memory', async (_, source) => {
  const [{ observer, scraped }] = watched() as [Watched];
  const { query, answer, size, response } = exchanged({ source });
  observer.late(query, answer, size, 1500, response);
  const { value, total } = await scraped();
  expect(value('kubezone_dns_request_duration_seconds_sum{proto="udp",source="forward"}')).toBe(1.5);
  expect(value('kubezone_dns_request_duration_seconds_bucket{le="2.048",proto="udp",source="forward"}')).toBe(1);
  expect(total('kubezone_dns_request_duration_seconds_sum')).toBe(1.5);
  expect(value(`kubezone_dns_responses_total{rcode="NOERROR",source="${sourceNames[source]}",zone="."}`)).toBe(1);
});

test('errors of the program are counted and handed on', async () => {
  const [{ observer, failed, scraped }] = watched() as [Watched];
  const error = new Error('broken stage');
  observer.failed(error, exchanged().query);
  observer.dropped(undefined);
  const { value } = await scraped();
  expect(failed).toHaveBeenCalledWith(error, expect.anything());
  expect([value('kubezone_dns_failures_total'), value('coredns_panics_total'), value('kubezone_dns_dropped_total')]).toEqual([1, 1, 1]);
});

test('who watches for attacks sees what is dropped, where it was a query', () => {
  const detect = { responded: vi.fn(), dropped: vi.fn() };
  const slots = new Slots(slotsBlock());
  const observer = responderObserver({
    counters: countersOver(countersBlock()),
    zoneOf: zoneFinder(slots, zones),
    failed: vi.fn(),
    detect,
  });
  const { query, answer, size, response } = exchanged();
  observer.dropped(undefined);
  observer.dropped(query);
  observer.responded(query, answer, size, response);
  observer.late(query, answer, size, 1, response);
  expect([detect.responded.mock.calls.length, detect.dropped.mock.calls]).toEqual([2, [[query]]]);
});

test('whatever is answered by whichever thread, the counts add up to it', async () => {
  const said = fc.record({
    name: fc.constantFrom('a.svc.cluster.local', 'example.com', '1.0.0.10.in-addr.arpa'),
    type: fc.constantFrom('A', 'AAAA', 'SRV', 'TYPE999'),
    rcode: fc.constantFrom(0, 2, 3, 5, 20),
    source: fc.constantFrom<Source>(0, 1, 2, 3, 4, 5, 6),
    transport: fc.constantFrom('udp' as const, 'tcp' as const, 'https' as const),
    from: fc.constantFrom('10.0.0.1', '2001:db8::1'),
  });
  const event = fc.record({ said, thread: fc.nat(2), late: fc.boolean(), elapsed: fc.double({ min: 0, max: 20_000, noNaN: true }) });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
      const threads = watched(3);
      let octets = 0;
      for (const { said: what, thread, late, elapsed } of events) {
        const { query, answer, size, response } = exchanged(what);
        const { observer } = threads[thread]!;
        octets += size;
        if (late) observer.late(query, answer, size, elapsed, response);
        else {
          observer.responded(query, answer, size, response);
          observer.batch(elapsed);
        }
      }
      const { total } = await threads[0]!.scraped();
      for (const family of ['requests_total', 'responses_total', 'request_duration_seconds_count', 'response_size_bytes_count']) {
        expect(total(`kubezone_dns_${family}`), family).toBe(events.length);
        expect(total(`coredns_dns_${family}`), family).toBe(events.length);
      }
      expect(total('kubezone_dns_response_size_bytes_sum')).toBe(octets);
    }),
    { numRuns: 30 },
  );
}, 60_000);
