/** `kubezone top`: the busiest clients and most queried names of a running server. */
import type { Options } from '../../src/config/options.ts';
import type { Top, TopEntry } from '../../src/telemetry/top.ts';
import { askAdmin, DEFAULT_ADMIN } from './ask-admin.ts';
import { EX_USAGE, type Context } from './command.ts';

export async function run(options: Pick<Options, 'admin' | 'json'>, { positionals, print, complain, signal }: Context): Promise<number> {
  const limit = positionals[0] ?? '10';
  if (!/^[1-9]\d*$/.test(limit)) {
    complain(`kubezone: "${limit}" is no number of entries; give one such as 10`);
    return EX_USAGE;
  }
  const top = (await askAdmin(options.admin ?? DEFAULT_ADMIN, `/top?n=${encodeURIComponent(limit)}`, signal)) as Top;
  print(options.json ? `${JSON.stringify(top, undefined, 2)}\n` : topText(top));
  return 0;
}

export function topText(top: Top): string {
  if (top.sample === 0) return 'The lists are off: start the server with --top-sample 64, or set it in its config.\n';
  const seen = top.sample === 1 ? 'each query seen' : `1 in ${top.sample} queries seen`;
  return [
    `about ${count(top.queries)} queries in the last ${top.seconds} s (${seen})`,
    ...table('CLIENT', top.clients),
    ...table('NAME', top.names),
    ...table('NAME THAT IS NOT THERE', top.nxdomains),
    '',
  ].join('\n');
}

function table(title: string, entries: readonly TopEntry[]): string[] {
  if (entries.length === 0) return [];
  const rows = entries.map(({ key, queries, share }) => [count(queries), `${(share * 100).toFixed(1)}%`, key] as const);
  const width = Math.max('QUERIES'.length, ...rows.map(([queries]) => queries.length));
  const line = ([queries, share, key]: readonly [string, string, string]): string =>
    `${queries.padStart(width)}  ${share.padStart(6)}  ${key}`;
  return ['', line(['QUERIES', 'SHARE', title]), ...rows.map(line)];
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
