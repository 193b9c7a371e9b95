/** JSON schemas of the fields of Kubernetes objects that chart values fill, so that Helm refuses what the API server would refuse. */
import { ipv4Pattern, ipv6Pattern } from '../../src/config/address-patterns.ts';
import type { JsonSchema } from '../../src/config/option-types.ts';

const address = `(${ipv4Pattern}|${ipv6Pattern})`;
const time = '^([0-9]+(ms|s|m|h|d))+$';
const given = { type: 'string', minLength: 1 };

export const port: JsonSchema = { type: 'integer', minimum: 1, maximum: 65_535 };
export const quantity: JsonSchema = { type: ['string', 'number'], pattern: '^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$' };
export const countOrPercent: JsonSchema = { type: ['integer', 'string'], minimum: 0, pattern: '^[0-9]+%$' };
export const duration: JsonSchema = { type: 'string', pattern: time };
export const ipAddress: JsonSchema = { type: 'string', pattern: `^${address}$` };
/** Not None: a Service without an address could not be queried. */
export const addressOrNothing: JsonSchema = { type: 'string', pattern: `^(${address})?$` };
/** A name as in RFC 1123; may be empty. */
export const objectName: JsonSchema = { type: 'string', pattern: '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$' };

/** A label as in RFC 1035, as names of Services are; may be empty. The chart appends a suffix. */
export const serviceName: JsonSchema = { type: 'string', pattern: '^([a-z]([-a-z0-9]{0,61}[a-z0-9])?)?$' };

export const texts: JsonSchema = { type: 'object', additionalProperties: { type: 'string' } };
/** Keys are no `propertyNames`: Helm names another value, chosen at random, as the place of a wrong one. */
export const labels: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  patternProperties: {
    '^([a-z0-9.-]+/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$': {
      type: 'string',
      pattern: '^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$',
    },
  },
};
/** Labels beside those that the chart gives, which selectors rely on. */
export const furtherLabels: JsonSchema = {
  ...labels,
  patternProperties: {
    ...(labels.patternProperties as object),
    '^(app\\.kubernetes\\.io/(name|instance|component|version|managed-by)|helm\\.sh/chart)$': { type: 'null' },
  },
};
export const strings: JsonSchema = list({ type: 'string' });
/** Their fields are left to the API server to check. */
const objects: JsonSchema = list({ type: 'object' });
export const named: JsonSchema = list({ type: 'object', required: ['name'], properties: { name: given } });
export const environment: JsonSchema = list({
  ...group({ name: given, value: { type: 'string' }, valueFrom: { type: 'object' } }),
  required: ['name'],
});
export const accessModes: JsonSchema = list({ enum: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'] });
export const tolerations: JsonSchema = list(
  group({
    key: { type: 'string' },
    operator: { enum: ['Exists', 'Equal', 'Lt', 'Gt'] },
    value: { type: 'string' },
    effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
    tolerationSeconds: { type: 'integer' },
  }),
);
export const networkPeers: JsonSchema = list(
  group({
    podSelector: { type: 'object' },
    namespaceSelector: { type: 'object' },
    ipBlock: group({ cidr: { type: 'string', pattern: '^[0-9A-Fa-f:.]+/[0-9]{1,3}$' }, except: strings }),
  }),
);
export const resources: JsonSchema = {
  ...group({
    requests: { type: 'object', additionalProperties: quantity },
    limits: { type: 'object', additionalProperties: quantity },
    claims: objects,
  }),
  description: 'Resources of the container.',
};
/** Rules of Prometheus. */
export const rules: JsonSchema = list({
  ...group({
    alert: given,
    record: given,
    expr: { type: ['string', 'number'] },
    for: duration,
    keep_firing_for: duration,
    labels: texts,
    annotations: texts,
  }),
  required: ['expr'],
});

/** An object with these properties and no others, so that a misspelt one is refused. */
export function group(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', additionalProperties: false, properties };
}

function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}
