/** What a serving thread is asked about itself, and its replies: plain values. */
import { rcodeName, typeName } from '../../src/wire/iana.ts';
import { nameFromText, nameToText } from '../../src/wire/name.ts';
import type { DataPlane } from './data-plane.ts';
import type { Inquiry } from './messages.ts';

/** One answer in this thread's cache, in words. */
export interface CacheLine {
  readonly name: string;
  readonly type: string;
  readonly rcode: string;
  readonly kind: string;
  readonly state: string;
  /** Seconds left. */
  readonly ttl: number;
  readonly hits: number;
  readonly bytes: number;
}

export function inquire(plane: DataPlane, inquiry: Inquiry): unknown {
  const { cache } = plane;
  switch (inquiry.kind) {
    case 'cache-inspect': {
      const name = nameFromText(inquiry.name);
      return name === undefined
        ? []
        : cache.inspect(name).map((entry): CacheLine => ({
            ...entry,
            name: nameToText(entry.name),
            type: typeName(entry.type),
            rcode: rcodeName(entry.rcode),
          }));
    }
    case 'cache-flush': {
      const name = nameFromText(inquiry.name ?? '.');
      const zone = nameFromText(inquiry.zone ?? '.');
      if (inquiry.name !== undefined && name !== undefined) return cache.flush({ name });
      return cache.flush(inquiry.zone !== undefined && zone !== undefined ? { zone } : { all: true });
    }
    case 'cache-statistics':
      return cache.statistics();
    case 'explain':
      return undefined;
  }
}
