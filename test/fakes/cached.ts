/** Answers to be cached, and cache options, for tests. */
import type { CacheOptions } from '../../src/query/cache/options.ts';
import type { Outcome } from '../../src/query/handler.ts';
import { Source, type Answer } from '../../src/wire/answer.ts';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { nameFromText, ROOT, type Name } from '../../src/wire/name.ts';
import { nameRdata, soaRdata } from '../../src/wire/rdata.ts';
import { BodyWriter } from '../../src/wire/records.ts';
import type { FakeClock } from './clock.ts';

export const name = (text: string): Name => nameFromText(text)!;
export const www: Name = name('www.example.test');

export const cacheDefaults: CacheOptions = {
  cacheSize: 1 << 20,
  cacheMinTtl: 0,
  cacheMaxTtl: 3600,
  cacheMinNegativeTtl: 0,
  cacheMaxNegativeTtl: 3600,
  cacheServfailTtl: 1,
  prefetch: true,
  serveStale: 86_400,
  staleTtl: 30,
  staleClientTimeout: 1800,
  staleRecheck: 5000,
  cacheAuthoritative: false,
};

const soa = soaRdata({ mname: ROOT, rname: ROOT, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 60 });

export function address(ttl: number, last = 1, clock?: FakeClock): Answer {
  const body = new BodyWriter(www).addRRset('answers', www, { type: Type.A, ttl, rdata: [Uint8Array.of(192, 0, 2, last)] });
  return { ...body.answer(Rcode.NOERROR, false, Source.forward), ageing: { since: clock?.monotonic() ?? 0, ttlOffsets: [6] } };
}

export function alias(ttl: number): Answer {
  return new BodyWriter(www)
    .add('answers', www, Type.CNAME, ttl, nameRdata(name('edge.test')))
    .answer(Rcode.NOERROR, false, Source.forward);
}

export function denial(rcode: number, ttl: number): Answer {
  const body = new BodyWriter(www).addRRset('authorities', name('example.test'), { type: Type.SOA, ttl, rdata: [soa] });
  return body.answer(rcode, false, Source.forward);
}

/** Returns the last octet of an answer made by `address`, which tells one from another. */
export const lastOctet = (outcome: Outcome | Promise<Outcome>): number | undefined => (outcome as Answer).body.at(-1);
