/** JSON schema (draft 7) of the config file, generated from the option table. */
import type { Option } from '../../src/config/option.ts';
import { optionTypes, type JsonSchema } from '../../src/config/option-types.ts';
import { options } from '../../src/config/options.ts';

/** The keys of maps are domain names. */
const namePattern = optionTypes.name.schema.pattern as string;

export function configSchema(): JsonSchema {
  const inFile = options.filter((option) => option.notInFile !== true);
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(inFile.map((option) => [option.name, propertySchema(option)])),
  };
}

function propertySchema(option: Option): JsonSchema {
  const described = { description: option.does, ...(option.default === undefined ? {} : { default: option.default }) };
  const one = singleSchema(option);
  if (option.many === undefined) return { ...described, ...one };
  // A single value may be given without brackets; `items` does not apply to it, so the loader checks it.
  const list = { type: ['array', 'string'], items: one };
  if (option.many === 'list') return { ...described, ...list };
  return { ...described, type: 'object', additionalProperties: false, patternProperties: { [namePattern]: list } };
}

function singleSchema(option: Option): JsonSchema {
  if (option.type === 'enum') return { type: 'string', enum: option.values };
  const { schema } = optionTypes[option.type];
  if (option.pattern !== undefined) return { ...schema, pattern: `^(?:${option.pattern})$` };
  if (option.type !== 'integer') return schema;
  return {
    ...schema,
    ...(option.min === undefined ? {} : { minimum: option.min }),
    ...(option.max === undefined ? {} : { maximum: option.max }),
  };
}
