/** The fields that the chart uses of the Prometheus operator's kinds (monitoring.coreos.com/v1), from its API reference: API servers lack them. */
import type { Definition } from './definition.ts';

const string: Definition = { type: 'string' };
const strings: Definition = { type: 'array', items: string };
const texts: Definition = { type: 'object', additionalProperties: string };
const metadata: Definition = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
const duration: Definition = string;

function object(properties: Readonly<Record<string, Definition>>, ...required: readonly string[]): Definition {
  return { type: 'object', properties, required };
}

function resource(spec: Definition): Definition {
  return object({ apiVersion: string, kind: string, metadata, spec }, 'apiVersion', 'kind', 'metadata', 'spec');
}

const relabeling = object({
  sourceLabels: strings,
  separator: string,
  targetLabel: string,
  regex: string,
  replacement: string,
  action: string,
});
const endpoint = object({
  port: string,
  path: string,
  scheme: string,
  interval: duration,
  scrapeTimeout: duration,
  relabelings: { type: 'array', items: relabeling },
});
const rule = object(
  { alert: string, record: string, expr: { type: 'string', format: 'int-or-string' }, for: duration, labels: texts, annotations: texts },
  'expr',
);
const group = object({ name: string, interval: duration, rules: { type: 'array', items: rule } }, 'name');

export const customResources: Readonly<Record<string, Definition>> = {
  'monitoring.coreos.com/v1/ServiceMonitor': resource(
    object(
      {
        jobLabel: string,
        namespaceSelector: object({ any: { type: 'boolean' }, matchNames: strings }),
        selector: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector' },
        endpoints: { type: 'array', items: endpoint },
      },
      'selector',
      'endpoints',
    ),
  ),
  'monitoring.coreos.com/v1/PrometheusRule': resource(object({ groups: { type: 'array', items: group } })),
};
