/** Benchmark results as Markdown tables, with each server's ratios to the floor and to CoreDNS. */
import { querySets, type QuerySet } from './bench-cluster.ts';

export interface Row {
  readonly name: string;
  /** CPU time per query, user and system, µs. */
  readonly cpu: number;
  /** Queries per second at full load. */
  readonly rate: number;
  readonly lost: number;
  /** Resident memory, MiB. */
  readonly resident: number;
  /** Latencies at half of the server's own full load, ms. */
  readonly p50?: number | undefined;
  readonly p99?: number | undefined;
  /** Median latency with one query at a time, µs. */
  readonly roundTrip?: number | undefined;
}

export interface Tables {
  readonly sets: Partial<Record<QuerySet, Row[]>>;
  readonly twoThreads: Row[];
}

const FLOOR = 'C echo, recvmmsg';
const YARDSTICK = 'CoreDNS';

export function markdown({ sets, twoThreads }: Tables): string {
  const parts = Object.entries(sets).map(([set, rows]) => `### ${sentence(querySets[set as QuerySet])}\n\n${table(rows)}`);
  if (twoThreads.length > 0) {
    parts.push(
      `### Two threads\n\nServers with two threads and the load share the machine's cores: ${querySets.service}.\n\n${table(twoThreads)}`,
    );
  }
  return parts.join('\n\n');
}

/** CPU time as a multiple of the floor's, one column per question set; rate and memory are those of the first set. */
export function summary(sets: Tables['sets']): string {
  const columns = Object.entries(sets)
    .map(([set, rows]) => ({ title: querySets[set as QuerySet], rows }))
    .filter(({ rows }) => rows.some(({ name }) => name === FLOOR));
  const first = columns[0]?.rows ?? [];
  const rows = first.map(({ name, rate, resident }) => {
    const ratios = columns.map(({ rows }) => fixed((rows.find((row) => row.name === name)?.cpu ?? NaN) / floorOf(rows), 2));
    return [name === 'kubezone' ? `**${name}**` : name, ...ratios, fixed(rate, 0), fixed(resident, 0)];
  });
  return markdownTable(['server, one thread', ...columns.map(({ title }) => title), 'queries/s', 'resident MiB'], rows);
}

function floorOf(rows: readonly Row[]): number {
  return rows.find(({ name }) => name === FLOOR)?.cpu ?? NaN;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

interface Column {
  readonly title: string;
  readonly cell: (row: Row) => string;
}

function table(rows: readonly Row[]): string {
  const ratio = (row: Row, to: string, of: (row: Row) => number | undefined): string => {
    const base = rows.find(({ name }) => name === to);
    return base === undefined ? '' : fixed((of(row) ?? NaN) / (of(base) ?? NaN), 2);
  };
  const columns: Column[] = [
    { title: 'server', cell: ({ name }) => name },
    { title: 'CPU µs a query', cell: ({ cpu }) => fixed(cpu, 2) },
    { title: '× floor', cell: (row) => ratio(row, FLOOR, ({ cpu }) => cpu) },
    { title: '× CoreDNS', cell: (row) => ratio(row, YARDSTICK, ({ cpu }) => cpu) },
    { title: 'queries/s', cell: ({ rate }) => fixed(rate, 0) },
    { title: 'resident MiB', cell: ({ resident }) => fixed(resident, 0) },
  ];
  if (rows.some(({ roundTrip }) => Number.isFinite(roundTrip))) {
    columns.push(
      { title: 'p50 ms at half load', cell: ({ p50 }) => fixed(p50, 3) },
      { title: 'p99 ms at half load', cell: ({ p99 }) => fixed(p99, 3) },
      { title: 'one at a time µs', cell: ({ roundTrip }) => fixed(roundTrip, 0) },
      { title: '× floor', cell: (row) => ratio(row, FLOOR, ({ roundTrip }) => roundTrip) },
    );
  }
  return markdownTable(
    columns.map(({ title }) => title),
    rows.map((row) => columns.map(({ cell }) => cell(row))),
  );
}

/** Aligns the first column, text, to the left and the others, figures, to the right. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export function fixed(value: number | undefined, digits: number): string {
  return value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}
