/** The files generated from tables in the code. A new one is a new row: its path and the function that returns its text. */
import { readFileSync } from 'node:fs';
import { metricsReference } from '../../src/telemetry/metrics-reference.ts';
import { chartPage } from './chart-page.ts';
import { grafanaDashboard } from './dashboard/grafana.ts';
import { liveOptions } from './live-options.ts';
import { optionsPage } from './options-page.ts';
import { valuesSchema } from './values-schema.ts';

export interface Reference {
  /** Relative to the root of the project. */
  readonly path: string;
  readonly text: () => string;
}

export const references: readonly Reference[] = [
  { path: 'docs/options.md', text: optionsPage },
  { path: 'docs/metrics.md', text: metricsReference },
  { path: 'charts/kubezone/values.schema.json', text: valuesSchema },
  { path: 'charts/kubezone/README.md', text: chartPage },
  { path: 'charts/kubezone/files/live-options.txt', text: liveOptions },
  { path: 'deploy/grafana/kubezone.json', text: grafanaDashboard },
  // A chart can contain only files of its own folder.
  { path: 'charts/kubezone/files/dashboard.json', text: () => `${JSON.stringify(JSON.parse(grafanaDashboard()))}\n` },
  {
    path: 'charts/kubezone/files/rules.yaml',
    text: () => readFileSync(new URL('../../deploy/prometheus/rules.yaml', import.meta.url), 'utf8'),
  },
];
