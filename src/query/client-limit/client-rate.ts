/** The stage that limits the queries per second of each client: one token bucket per client, in a table of fixed size. */
import type { Random } from '../../clock.ts';
import { emptyAnswer, Source } from '../../wire/answer.ts';
import { ExtendedError, Rcode } from '../../wire/iana.ts';
import type { Client, Query } from '../../wire/query.ts';
import type { Stage } from '../handler.ts';
import { hashPrefix } from '../hashes.ts';
import { holdsAddress, prefixTableOf } from '../prefixes.ts';
import { SlotTable } from '../slot-table.ts';

export interface ClientRate {
  /** Queries a second, over any transport; 0: no limit. */
  readonly rate: number;
  /** Queries allowed at once after a quiet time. */
  readonly burst: number;
  readonly action: 'refuse' | 'drop';
  /** Bits of an address that count as one client. */
  readonly ipv4Prefix: number;
  readonly ipv6Prefix: number;
  readonly exempt: readonly string[];
  /** Clients tracked, rounded up to a power of two; 28 bytes each. */
  readonly table: number;
}

export interface ClientLimitObserver {
  /** A query over the client's rate. */
  overRate(query: Query): void;
  /** A question for upstreams, refused because the client has its share of waiting ones. */
  overShare(client: Client): void;
}

export const unobservedClientLimit: ClientLimitObserver = { overRate: () => undefined, overShare: () => undefined };

const refused = emptyAnswer(Rcode.REFUSED, Source.policy, { code: ExtendedError.PROHIBITED, text: 'this client asks too often' });

/** Tokens per query: a rate per second is then as many tokens per millisecond. */
const QUERY = 1000;

export function clientRate(limit: ClientRate, random: Random, observer: ClientLimitObserver = unobservedClientLimit): Stage {
  if (limit.rate === 0) return (next) => next;
  const { rate, ipv4Prefix, ipv6Prefix } = limit;
  const most = Math.max(1, limit.burst) * QUERY;
  const table = new SlotTable(limit.table);
  const tokens = new Float64Array(table.size);
  const filledAt = new Float64Array(table.size);
  const hashKey = (random() * 2 ** 32) | 0;
  const tagKey = (random() * 2 ** 32) | 0;
  const exempt = prefixTableOf(limit.exempt);
  const exempts = limit.exempt.length > 0;
  const over = limit.action === 'drop' ? undefined : refused;
  return (next) => (query) => {
    const { client, receivedAt } = query;
    const { address } = client;
    if (exempts && holdsAddress(exempt, address)) return next(query);
    const bits = address.length === 4 ? ipv4Prefix : ipv6Prefix;
    const slot = table.claim(hashPrefix(address, bits, hashKey), hashPrefix(address, bits, tagKey));
    const had = table.fresh ? most : Math.min(most, tokens[slot]! + Math.max(0, receivedAt - filledAt[slot]!) * rate);
    filledAt[slot] = receivedAt;
    tokens[slot] = had < QUERY ? had : had - QUERY;
    if (had >= QUERY) return next(query);
    observer.overRate(query);
    return over;
  };
}
