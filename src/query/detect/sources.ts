/** Detects a client with at least half of all queries: it is broken, or its address is forged and under attack. */
import type { Random } from '../../clock.ts';
import { formatAddress } from '../../wire/address.ts';
import { hashPrefix } from '../hashes.ts';
import { SlotTable } from '../slot-table.ts';
import type { QueryDetector, Teller } from './alerts.ts';

/** One in `SAMPLE` queries is examined. */
const SAMPLE = 16;
/** Length of a window, ms. */
const WINDOW = 10_000;
/** Sampled queries in a window below which there is no alert: 1,000 queries a second. */
const FEW = (1000 * (WINDOW / 1000)) / SAMPLE;
const SHARE = 0.5;
const CLIENTS = 1024;

export function sources(random: Random, teller: Teller): QueryDetector {
  const table = new SlotTable(CLIENTS);
  const counts = new Uint32Array(table.size);
  const windows = new Float64Array(table.size).fill(-1);
  const key = (random() * 2 ** 32) | 0;
  let seen = 0;
  let total = 0;
  let window = 0;
  let most = 0;
  let greediest = new Uint8Array(4);

  const judge = (now: number): void => {
    if (total < FEW || most < total * SHARE) return;
    let clients = 0;
    let sum = 0;
    for (let slot = 0; slot < counts.length; slot++) {
      if (windows[slot] !== window) continue;
      clients++;
      sum += counts[slot]! * Math.log2(counts[slot]!);
    }
    // In a small cluster behind one node-local cache a single client is all there is.
    if (clients < 3) return;
    const entropy = (Math.log2(total) - sum / total) / Math.log2(clients);
    const percent = Math.round((most / total) * 100);
    const rate = Math.round((most * SAMPLE * 1000) / WINDOW);
    const detail = `asks ${percent} % of all queries, ${rate} a second; ${clients} clients, entropy ${entropy.toFixed(2)} of 1`;
    teller.tell('source', hashPrefix(greediest, greediest.length * 8, key), now, formatAddress(greediest), detail);
  };

  return ({ client: { address }, receivedAt }) => {
    if (++seen % SAMPLE !== 0) return;
    const now = Math.floor(receivedAt / WINDOW);
    if (now !== window) {
      judge(receivedAt);
      [window, total, most] = [now, 0, 0];
    }
    const bits = address.length * 8;
    const slot = table.claim(hashPrefix(address, bits, key), hashPrefix(address, bits, ~key));
    if (table.fresh || windows[slot] !== window) counts[slot] = 0;
    windows[slot] = window;
    total++;
    if (++counts[slot]! <= most) return;
    most = counts[slot]!;
    // Copied in place: of one client alone, every sampled query comes here.
    if (greediest.length !== address.length) greediest = new Uint8Array(address.length);
    for (let i = 0; i < address.length; i++) greediest[i] = address[i]!;
  };
}
