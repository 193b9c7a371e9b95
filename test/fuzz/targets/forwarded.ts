/** Fuzzes upstream responses: parsed, cached, filtered by policies, and sent to clients of every kind, at once and from the cache. */
import { Cache } from '../../../src/query/cache.ts';
import { Filter } from '../../../src/query/filter/filter.ts';
import { PolicyBuilder } from '../../../src/query/filter/policy-builder.ts';
import { rebindingJudge, rebindProtection } from '../../../src/query/filter/rebinding.ts';
import { RpzReader } from '../../../src/query/filter/rpz.ts';
import { filterAaaa } from '../../../src/query/filter-aaaa.ts';
import { compose, type Handler } from '../../../src/query/handler.ts';
import { emptyAnswer, Source } from '../../../src/wire/answer.ts';
import { Rcode } from '../../../src/wire/iana.ts';
import { HEADER_SIZE, QueryReader, type Query, type Transport } from '../../../src/wire/query.ts';
import { writeQuestion } from '../../../src/wire/question.ts';
import { isProblem, readResponse } from '../../../src/wire/response.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { seeded } from '../../fakes/seeded.ts';
import { answering, UDP_PAYLOAD } from '../answering.ts';
import type { Target } from '../target.ts';

const ZONE = `@ SOA a. b. 1 1 1 1 1
b.example CNAME *.garden.example.
*.mx.example CNAME .
mx.example A 192.0.2.7
32.1.2.0.192.rpz-ip CNAME rpz-tcp-only.
24.0.2.0.192.rpz-ip TXT "moved"
`;

const client = { address: Uint8Array.of(10, 0, 0, 1), port: 5353, transport: 'udp' } as const;

function makeFilter(): Filter {
  const builder = new PolicyBuilder();
  builder.beginList('zone', true);
  const reader = new RpzReader(builder);
  ZONE.split('\n').forEach((line, index) => reader.read(line, index + 1));
  const filter = new Filter();
  filter.use(builder.finish());
  return filter;
}

const filter = makeFilter();
const CACHE = {
  cacheSize: 1 << 17,
  cacheMinTtl: 0,
  cacheMaxTtl: 3600,
  cacheMinNegativeTtl: 0,
  cacheMaxNegativeTtl: 3600,
  cacheServfailTtl: 5,
  prefetch: true,
  serveStale: 3600,
  staleTtl: 30,
  staleClientTimeout: 1800,
  staleRecheck: 5000,
  cacheAuthoritative: false,
};

/** An upstream that answers every query with `message`; every second time asynchronously. */
function saying(message: Uint8Array): Handler {
  let asked = 0;
  return (query: Query) => {
    const question = { ...query, dnssecOk: query.edns?.dnssecOk === true };
    const read = readResponse(message, question, query.receivedAt);
    const answer = isProblem(read) ? (read.lastResort ?? emptyAnswer(Rcode.SERVFAIL, Source.forward, read.extendedError)) : read;
    return ++asked % 2 === 0 ? Promise.resolve(answer) : answer;
  };
}

/** A query, its transport, and the maximum size of its response in octets. */
type Asked = readonly [packet: Uint8Array, transport: Transport, limit: number];

/** The question of `message`, as different kinds of clients ask it; empty when it has none. */
function questionsOf(message: Uint8Array): readonly Asked[] {
  const asked = Buffer.from(message);
  if (asked.length < HEADER_SIZE) return [];
  asked[2]! &= 0x07;
  asked.fill(0, 6, HEADER_SIZE);
  const reader = new QueryReader(client);
  reader.read(asked, asked.length, client, 0);
  const { name, type, class: asks, questionEnd } = reader.query;
  if (questionEnd === HEADER_SIZE || asks !== 1) return [];
  const written = (dnssecOk: boolean): Uint8Array => writeQuestion({ name, type, dnssecOk, checkingDisabled: false }, 7, 4096);
  const withoutEdns = written(false).slice(0, questionEnd).fill(0, 11, HEADER_SIZE);
  return [
    [withoutEdns, 'udp', 512],
    [written(false), 'tls', 65_535],
    [written(true), 'udp', UDP_PAYLOAD],
    [written(false), 'udp', UDP_PAYLOAD],
  ];
}

export const forwardedTarget: Target = {
  name: 'forwarded',
  words: [
    '\xc0\x0c',
    '\xc0\x0d',
    '\0\x05\0\x01',
    '\0\x06\0\x01',
    '\0\0\x29\x10\0',
    '\x01b\x07example\0',
    '\0\x0f\0\x04',
    '\xff\xff\xff\xff',
  ],
  run: async (input) => {
    const clock = fakeClock();
    const cache = new Cache(CACHE, clock, seeded(1));
    const stages = [filter.stage(), rebindProtection(rebindingJudge([])), filterAaaa('on', () => false), cache.stage];
    const ask = answering(compose(stages, saying(input)), clock);
    for (const seconds of [0, 1, 100, 4000]) {
      await clock.advance(seconds * 1000);
      for (const asked of questionsOf(input)) await ask(...asked);
    }
  },
};
