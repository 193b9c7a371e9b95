/** Measures the cache's hit ratio, the cost of a hit, and its memory: `node test/bench/cache.bench.ts [ratio|cost|memory]`. */
import { execFileSync } from 'node:child_process';
import { Cache } from '../../src/query/cache.ts';
import { silentCacheObserver, type CacheOptions } from '../../src/query/cache/options.ts';
import { systemClock } from '../../src/clock.ts';
import { Source, type Answer } from '../../src/wire/answer.ts';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { nameFromText, type Name } from '../../src/wire/name.ts';
import { QueryReader, type Query } from '../../src/wire/query.ts';
import { writeQuestion } from '../../src/wire/question.ts';
import { BodyWriter } from '../../src/wire/records.ts';

const MiB = 1 << 20;

const options: CacheOptions = {
  cacheSize: 32 * MiB,
  cacheMinTtl: 0,
  cacheMaxTtl: 86_400,
  cacheMinNegativeTtl: 0,
  cacheMaxNegativeTtl: 30,
  cacheServfailTtl: 1,
  prefetch: false,
  serveStale: 86_400,
  staleTtl: 30,
  staleClientTimeout: 1800,
  staleRecheck: 5000,
  cacheAuthoritative: false,
};

function main(only: string | undefined, bytes: string | undefined): void {
  if (only === 'churn') console.log(JSON.stringify(churn(Number(bytes))));
  if (only === undefined || only === 'ratio') hitRatios();
  if (only === undefined || only === 'cost') hitCosts();
  if (only === undefined || only === 'memory') memory();
}

/** Hit ratios over 1 million queries: Zipf(1.0) over 200,000 names, then a Zipf stream interleaved with names that are asked only once. */
function hitRatios(): void {
  const names = 200_000;
  const rank = zipf(names, mulberry32(1));
  const plain = Array.from({ length: 1_000_000 }, () => rank());
  let unique = names;
  // Every second query is for a name that is never asked again, as from a mail filter or a crawler.
  const scanned = plain.slice(0, 500_000).flatMap((name) => [name, unique++]);
  const rows = [1.4 * MiB, 14 * MiB].flatMap((bytes) =>
    Object.entries({ 'Zipf(1.0)': plain, 'with a scan': scanned }).map(([stream, queries]) => {
      const { ratio, entries } = ours(queries, bytes);
      return {
        stream,
        bytes,
        entries,
        'S3-FIFO %': percent(ratio),
        'LRU %': percent(lru(queries, entries)),
        'FIFO %': percent(fifo(queries, entries)),
      };
    }),
  );
  console.table(rows);
}

function ours(queries: readonly number[], bytes: number): { ratio: number; entries: number } {
  let misses = 0;
  const observer = { ...silentCacheObserver, miss: () => (misses += 1) };
  const cache = new Cache({ ...options, cacheSize: bytes }, systemClock, () => 0.5, observer);
  const handler = cache.stage(upstream);
  const ask = asker();
  for (const name of queries) void handler(ask(nameOf(name)));
  return { ratio: 1 - misses / queries.length, entries: cache.statistics().entries.positive };
}

function lru(queries: readonly number[], entries: number): number {
  const kept = new Map<number, true>();
  let hits = 0;
  for (const name of queries) {
    if (kept.delete(name)) hits++;
    else if (kept.size >= entries) kept.delete(kept.keys().next().value!);
    kept.set(name, true);
  }
  return hits / queries.length;
}

function fifo(queries: readonly number[], entries: number): number {
  const kept = new Set<number>();
  let hits = 0;
  for (const name of queries) {
    if (kept.has(name)) {
      hits++;
      continue;
    }
    if (kept.size >= entries) kept.delete(kept.keys().next().value!);
    kept.add(name);
  }
  return hits / queries.length;
}

/** CPU time of a hit: reading the query and finding its answer, minus reading alone; the best of 7 rounds. */
function hitCosts(): void {
  const rows = [500, 5000, 50_000].map((names) => {
    const cache = new Cache(options, systemClock, () => 0.5);
    const handler = cache.stage(upstream);
    const packets = Array.from({ length: names }, (_, i) => packetFor(nameOf(i)));
    const { query, read } = reader();
    const rank = zipf(names, mulberry32(2));
    const order = Uint32Array.from({ length: 1 << 20 }, () => rank());
    const run = (answer: (query: Query) => unknown): number => {
      const before = process.cpuUsage();
      for (const index of order) {
        read(packets[index]!, 0);
        answer(query);
      }
      const { user, system } = process.cpuUsage(before);
      return ((user + system) * 1000) / order.length;
    };
    run(handler);
    const rounds = Array.from({ length: 7 }, () => [run((asked) => asked.type), run(handler)] as const);
    const reading = Math.min(...rounds.map(([alone]) => alone));
    const all = Math.min(...rounds.map(([, both]) => both));
    return { names, 'read ns': Math.round(reading), 'read and hit ns': Math.round(all), 'hit ns': Math.round(all - reading) };
  });
  console.table(rows);
}

/** Memory that a process takes beyond one that does the same with a cache of 4 KiB. */
function memory(): void {
  // A small young generation and a final collection: the garbage that V8 leaves uncollected differs by 30 MiB from run to run.
  const run = (bytes: number): Churned => {
    const flags = ['--expose-gc', '--max-semi-space-size=1'];
    const output = execFileSync(process.execPath, [...flags, import.meta.filename, 'churn', String(bytes)], { encoding: 'utf8' });
    return JSON.parse(output) as Churned;
  };
  const without = run(4096);
  const rows = [8, 32].map((size) => {
    const { held, resident, entries, popular } = run(size * MiB);
    return {
      'bound MiB': size,
      'held MiB more': round((held - without.held) / MiB),
      'resident MiB more': round((resident - without.resident) / MiB),
      entries,
      'popular still there %': percent(popular),
    };
  });
  console.table(rows);
}

interface Churned {
  /** Bytes of V8's heap and of external buffers, after a collection. */
  readonly held: number;
  /** Resident set size in bytes. */
  readonly resident: number;
  readonly entries: number;
  /** Share of the popular names that is still cached. */
  readonly popular: number;
}

/** Asks 2 million names once each, interleaved with 10,000 popular ones. */
function churn(bytes: number): Churned {
  const popular = 10_000;
  let misses = 0;
  const observer = { ...silentCacheObserver, miss: () => (misses += 1) };
  const ask = asker();
  const cache = new Cache({ ...options, cacheSize: bytes }, systemClock, () => 0.5, observer);
  const handler = cache.stage(upstream);
  for (let i = 0; i < 2_000_000; i++) {
    void handler(ask(nameOf(popular + i)));
    if (i % 2 === 0) void handler(ask(nameOf((i / 2) % popular)));
  }
  misses = 0;
  for (let i = 0; i < popular; i++) void handler(ask(nameOf(i)));
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { held: heapUsed + external, resident: rss, entries: cache.statistics().entries.positive, popular: 1 - misses / popular };
}

/** As long as a typical outside name; all have the same length, so that entries have the same size. */
function nameOf(index: number): Name {
  return nameFromText(`host-${String(index).padStart(8, '0')}.example.com`)!;
}

function upstream(query: Query): Answer {
  const body = new BodyWriter(query.name).addRRset('answers', query.name, {
    type: Type.A,
    ttl: 3600,
    rdata: [Uint8Array.of(192, 0, 2, 1)],
  });
  return { ...body.answer(Rcode.NOERROR, false, Source.forward), ageing: { since: 0, ttlOffsets: [6] } };
}

function packetFor(name: Name): Uint8Array {
  return writeQuestion({ name, type: Type.A, dnssecOk: false, checkingDisabled: false }, 1, 1232);
}

function reader(): { query: Query; read: (packet: Uint8Array, now: number) => void } {
  const client = { address: Uint8Array.of(127, 0, 0, 1), port: 5353, transport: 'udp' } as const;
  const queries = new QueryReader(client);
  return { query: queries.query, read: (packet, now) => void queries.read(packet, packet.length, client, now) };
}

function asker(): (name: Name) => Query {
  const { query, read } = reader();
  return (name) => {
    read(packetFor(name), 0);
    return query;
  };
}

/** Draws ranks from 0 with probability proportional to 1 / (rank + 1). */
function zipf(count: number, random: () => number): () => number {
  const cumulated = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) cumulated[i] = sum += 1 / (i + 1);
  return () => {
    const wanted = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulated[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** A small seeded generator, so that runs are comparable. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function percent(ratio: number): number {
  return round(ratio * 100);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

main(process.argv[2], process.argv[3]);
