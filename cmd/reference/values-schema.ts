/** charts/kubezone/values.schema.json: the chart's values, of which `config` is the config file (all of it, by the option table). */
import { configSchema } from './config-schema.ts';
import type { JsonSchema } from '../../src/config/option-types.ts';

/** The chart's own values: a new value of values.yaml is a new property here. */
const chartValues: JsonSchema = {};

export function valuesSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the kubezone chart',
    type: 'object',
    properties: { ...chartValues, config: { description: 'The config file: any of the options in docs/options.md.', ...configSchema() } },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
