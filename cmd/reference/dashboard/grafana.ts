/** deploy/grafana/kubezone.json: the table of panels in Grafana's format (dashboard schema 39, Grafana 10 and later). */
import type { Panel, Row } from './panel.ts';
import { rows } from './panels.ts';

const COLUMNS = 24;
const datasource = { type: 'prometheus', uid: '${datasource}' };

export function grafanaDashboard(): string {
  const dashboard = {
    uid: 'kubezone',
    title: 'kubezone',
    description: 'A nameserver for Kubernetes clusters. Written by `npm run reference` from cmd/reference/dashboard.',
    tags: ['dns', 'kubernetes'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: variables() },
    panels: placed(rows),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

function variables(): object[] {
  const query = (name: string, label: string, expression: string): object => ({
    name,
    label,
    type: 'query',
    datasource,
    query: { query: expression, refId: name },
    definition: expression,
    refresh: 2,
    multi: true,
    includeAll: true,
    current: { text: 'All', value: '$__all' },
  });
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
    query('job', 'Job', 'label_values(kubezone_build_info, job)'),
    query('instance', 'Server', 'label_values(kubezone_build_info{job=~"$job"}, instance)'),
  ];
}

/** Places panels from left to right, row below row; heights in Grafana's units. */
function placed(all: readonly Row[]): object[] {
  const panels: object[] = [];
  let id = 0;
  let y = 0;
  for (const { title, panels: inRow } of all) {
    panels.push({ id: ++id, type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: COLUMNS, h: 1 }, panels: [] });
    y++;
    const height = inRow.every((panel) => panel.kind === 'number') ? 4 : 8;
    let x = 0;
    for (const panel of inRow) {
      if (x + panel.width > COLUMNS) {
        x = 0;
        y += height;
      }
      panels.push({ id: ++id, ...grafanaPanel(panel), gridPos: { x, y, w: panel.width, h: height } });
      x += panel.width;
    }
    y += height;
  }
  return panels;
}

function grafanaPanel({ title, says, kind, unit, queries }: Panel): object {
  const targets = queries.map(({ expression, legend }, index) => ({
    refId: String.fromCharCode(65 + index),
    datasource,
    expr: expression,
    legendFormat: legend,
    ...(kind === 'heatmap' ? { format: 'heatmap' } : { range: kind !== 'number', instant: kind === 'number' }),
  }));
  return { title, description: says, datasource, targets, ...shapes[kind](unit) };
}

const shapes: Readonly<Record<Panel['kind'], (unit: Panel['unit']) => object>> = {
  lines: (unit) => timeSeries(unit, { fillOpacity: 0, stacking: { mode: 'none' } }),
  stacked: (unit) => timeSeries(unit, { fillOpacity: 30, stacking: { mode: 'normal' } }),
  number: (unit) => ({
    type: 'stat',
    fieldConfig: { defaults: { unit, decimals: 2 }, overrides: [] },
    options: { colorMode: 'none', graphMode: 'none', reduceOptions: { calcs: ['lastNotNull'] } },
  }),
  heatmap: (unit) => ({
    type: 'heatmap',
    fieldConfig: { defaults: {}, overrides: [] },
    options: { calculate: false, cellGap: 0, yAxis: { unit }, color: { mode: 'scheme', scheme: 'Oranges', exponent: 0.5 } },
  }),
};

function timeSeries(unit: Panel['unit'], custom: object): object {
  return {
    type: 'timeseries',
    fieldConfig: { defaults: { unit, min: 0, custom: { drawStyle: 'line', lineWidth: 1, showPoints: 'never', ...custom } }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  };
}
