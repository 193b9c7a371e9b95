/** charts/kubezone/values.schema.json: the chart's values, of which `config` is the config file, generated from the option table. */
import { chartValues, isOfParents } from './chart-values.ts';
import { configSchema } from './config-schema.ts';

export function valuesSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the kubezone chart',
    type: 'object',
    additionalProperties: false,
    // A value removed by `null` would be missing in the templates.
    required: [...Object.keys(chartValues).filter((name) => !isOfParents(name)), 'config'],
    properties: {
      ...chartValues,
      config: {
        description: 'The config file: any option of docs/options.md that a file may have; that page names those without a key.',
        ...configSchema(),
      },
    },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
