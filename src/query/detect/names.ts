/** What a name looks like to a detector. */
import { parentOf, ROOT, type Name } from '../../wire/name.ts';

/**
 * The domain that somebody registered: two labels, or three where the second is short below a country (`co.uk`). A list of public suffixes would be
 * right more often, and old soon.
 */
export function registeredDomain(name: Name): Name {
  let third = ROOT;
  let second = ROOT;
  let top = ROOT;
  for (let rest = name; rest !== ROOT; rest = parentOf(rest)) [third, second, top] = [second, top, rest];
  const isShort = second !== ROOT && top.charCodeAt(0) === 2 && second.charCodeAt(0) <= 3;
  return isShort && third !== ROOT ? third : second === ROOT ? top : second;
}

/** Bits per octet of `name` between two offsets: near 0 for `aaaa`, above 3.5 for random letters and digits. */
export function entropy(name: Name, from: number, to: number): number {
  counts.fill(0);
  for (let i = from; i < to; i++) counts[name.charCodeAt(i)]!++;
  const size = to - from;
  let sum = 0;
  for (const count of counts) if (count > 1) sum += count * Math.log2(count);
  return size === 0 ? 0 : Math.log2(size) - sum / size;
}

const counts = new Uint16Array(256);
