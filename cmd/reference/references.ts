/** The files that are written from tables in the code. A new one is a new row: a path and the function that gives its text. */
import { metricsReference } from '../../src/telemetry/metrics-reference.ts';
import { optionsPage } from './options-page.ts';
import { valuesSchema } from './values-schema.ts';

export interface Reference {
  /** From the root of the project. */
  readonly path: string;
  readonly text: () => string;
}

export const references: readonly Reference[] = [
  { path: 'docs/options.md', text: optionsPage },
  { path: 'docs/metrics.md', text: metricsReference },
  { path: 'charts/kubezone/values.schema.json', text: valuesSchema },
];
