/** Draws the dashboard's panels as SVG charts of 400 by 150. */
import type { Panel, Unit } from '../../cmd/reference/dashboard/panel.ts';
import type { Series } from './prometheus.ts';

export interface Drawn {
  readonly panel: Panel;
  /** With the placeholders of each legend filled in. */
  readonly series: readonly (Series & { readonly legend: string })[];
}

const WIDTH = 400;
const HEIGHT = 150;
/** Width of the axis labels. */
const LEFT = 52;
const BOTTOM = 14;
const COLOURS = ['#3274d9', '#37872d', '#e0b400', '#c4162a', '#8f3bb8', '#ff780a', '#1f9e89', '#737373'];

export function chart({ panel, series }: Drawn): string {
  if (panel.kind === 'number') return `<div class="number">${shown(series[0]?.points.at(-1)?.[1] ?? NaN, panel.unit)}</div>`;
  const body = panel.kind === 'heatmap' ? heatmap(series, panel.unit) : lines(series, panel);
  const legend =
    panel.kind === 'heatmap'
      ? ''
      : `<div class="legend">${series.slice(0, 9).map(legendOf).join(' ')}${series.length > 9 ? ` and ${series.length - 9} more` : ''}</div>`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}">${body}</svg>${legend}`;
}

function legendOf({ legend }: Drawn['series'][number], index: number): string {
  return `<span style="color:${colour(index)}">■</span> ${escapeText(legend)}`;
}

function lines(given: Drawn['series'], { kind, unit }: Panel): string {
  const series = kind === 'stacked' ? piled(given) : given;
  const values = series.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const top = Math.max(...values, 0) * 1.05 || 1;
  const [start, end] = span(series);
  const x = (time: number): number => LEFT + ((time - start) / (end - start || 1)) * (WIDTH - LEFT);
  const y = (value: number): number => (HEIGHT - BOTTOM) * (1 - value / top);
  const paths = series.map(({ points }, index) => {
    const line = points
      .filter(([, value]) => Number.isFinite(value))
      .map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`);
    const area =
      kind === 'stacked'
        ? [
            ['#fff', 1],
            [colour(index), 0.4],
          ]
            .map(
              ([fill, opacity]) =>
                `<polygon points="${x(start)},${y(0)} ${line.join(' ')} ${x(end)},${y(0)}" fill="${fill}" fill-opacity="${opacity}"/>`,
            )
            .join('')
        : '';
    return `${area}<polyline points="${line.join(' ')}" fill="none" stroke="${colour(index)}" stroke-width="1.2"/>`;
  });
  // The topmost series of a stack is drawn first, behind the others.
  return axis(top, y, unit) + (kind === 'stacked' ? paths.toReversed() : paths).join('');
}

function axis(top: number, y: (value: number) => number, unit: Unit): string {
  return [0, 0.25, 0.5, 0.75, 1]
    .map((part) => (part * top) / 1.05)
    .map(
      (value) =>
        `<line x1="${LEFT}" x2="${WIDTH}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${LEFT - 4}" y="${Math.max(8, y(value) + 3)}" text-anchor="end">${shown(value, unit)}</text>`,
    )
    .join('');
}

/** Stacks each series on those before it, at the times of all of them. */
function piled(series: Drawn['series']): Drawn['series'] {
  const times = [...new Set(series.flatMap(({ points }) => points.map(([time]) => time)))].toSorted((a, b) => a - b);
  const sums = new Map(times.map((time) => [time, 0]));
  return series.map((one) => {
    const own = new Map(one.points);
    for (const time of times) sums.set(time, sums.get(time)! + (own.get(time) ?? 0));
    return { ...one, points: times.map((time) => [time, sums.get(time)!] as const) };
  });
}

/** Draws one row per bucket; Prometheus's buckets are cumulative, so the previous one is subtracted from each. */
function heatmap(given: Drawn['series'], unit: Unit): string {
  const series = given.filter(({ labels }) => labels.le !== '+Inf').toSorted((a, b) => Number(a.labels.le) - Number(b.labels.le));
  const [start, end] = span(series);
  const rows = series.map(({ points }, index) => {
    const below = new Map(series[index - 1]?.points ?? []);
    return points.map(([time, value]) => [time, Math.max(0, value - (below.get(time) ?? 0))] as const);
  });
  const used = rows.flatMap((row, index) => (row.some(([, value]) => value > 0) ? [index] : []));
  const [first, last] = [used[0] ?? 0, used.at(-1) ?? 0];
  const height = (HEIGHT - BOTTOM) / (last - first + 1);
  const step = Math.max(1, (end - start) / 60);
  const most = Math.max(...rows.flat().map(([, value]) => value), 1e-9);
  const cells = rows.slice(first, last + 1).flatMap((row, index) => {
    const y = HEIGHT - BOTTOM - (index + 1) * height;
    const label =
      index % Math.ceil((last - first + 1) / 6) === 0
        ? `<text x="${LEFT - 4}" y="${Math.max(8, y + 3)}" text-anchor="end">${shown(Number(series[first + index]!.labels.le), unit)}</text>`
        : '';
    const width = ((WIDTH - LEFT) / (end - start || 1)) * step;
    const drawn = row.filter(([time], at) => at % Math.round(step) === 0 && time < end);
    return [
      label,
      ...drawn
        .filter(([, value]) => value > 0)
        .map(
          ([time, value]) =>
            `<rect x="${(LEFT + ((time - start) / (end - start || 1)) * (WIDTH - LEFT)).toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="#e8590c" fill-opacity="${(0.08 + 0.92 * Math.sqrt(value / most)).toFixed(2)}"/>`,
        ),
    ];
  });
  return cells.join('');
}

function span(series: readonly Series[]): readonly [number, number] {
  const times = series.flatMap(({ points }) => [points[0]?.[0] ?? NaN, points.at(-1)?.[0] ?? NaN]).filter(Number.isFinite);
  return [Math.min(...times), Math.max(...times)];
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length]!;
}

/** Formats a value with its unit, to three significant digits (four above a million). */
function shown(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return '–';
  if (unit === 'percentunit') return `${Number((value * 100).toPrecision(3))} %`;
  if (unit === 'bytes') return `${Number((value / 2 ** 20).toPrecision(3))} MiB`;
  if (unit === 's') return seconds(value);
  const suffix = unit === 'reqps' || unit === 'cps' ? '/s' : '';
  return `${value >= 1e6 ? `${Number((value / 1e6).toPrecision(4))} M` : Number(value.toPrecision(3))}${suffix}`;
}

function seconds(value: number): string {
  if (value === 0) return '0 s';
  const [scale, unit] = value < 1e-3 ? [1e6, 'µs'] : value < 1 ? [1e3, 'ms'] : [1, 's'];
  return `${Number((value * scale).toPrecision(3))} ${unit}`;
}

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
