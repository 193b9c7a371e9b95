import { describe, expect, test } from 'vitest';
import { find, hasHelm, render } from './helm.ts';

describe.skipIf(!hasHelm)("the chart's Services (skipped without helm)", () => {
  test.each([
    ['an address of its own', {}, undefined],
    ['a given one', { name: 'kube-dns', clusterIP: '10.96.0.10' }, 'keep'],
    ['given ones', { clusterIPs: ['10.96.0.10', 'fd00::a'], ipFamilyPolicy: 'PreferDualStack', annotations: null }, 'keep'],
  ])('a Service with %s: what Helm does with it when the release goes', (_, service, policy) => {
    const { metadata } = find(render({ service }), 'Service') as unknown as { metadata: { annotations?: Record<string, string> } };
    expect(metadata.annotations?.['helm.sh/resource-policy']).toBe(policy);
  });

  test('the Service takes a given address, and its ports have the names that scrapes and SRV questions look for', () => {
    const { spec } = find(render({ service: { name: 'kube-dns', clusterIP: '10.96.0.10' } }), 'Service') as unknown as {
      spec: { clusterIP: string; ports: { name: string; port: number }[] };
    };
    expect(spec.clusterIP).toBe('10.96.0.10');
    expect(spec.ports.map(({ name, port }) => [name, port])).toEqual([
      ['dns', 53],
      ['dns-tcp', 53],
      ['metrics', 9153],
    ]);
  });

  test.each([
    ['1.27.0', undefined],
    ['1.29.9', undefined],
    ['1.30.0', 'PreferClose'],
    ['1.33.1-gke.100', 'PreferClose'],
  ])('of Kubernetes %s it uses the fields that are known there', (version, expected) => {
    const { spec } = find(render({ service: { trafficDistribution: 'PreferClose' } }, '--kube-version', version), 'Service');
    expect((spec as { trafficDistribution?: string }).trafficDistribution).toBe(expected);
  });

  test('a release with a dot in its name gives no Service one', () => {
    const objects = render({ nodeLocal: { enabled: true } }, '--name-template', 'dns.v1');
    const names = objects.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);
    expect(names.toSorted()).toEqual(['dns-v1-kubezone', 'dns-v1-kubezone-node-local', 'dns-v1-kubezone-upstream']);
    expect(JSON.stringify(objects)).toContain('$(DNS_V1_KUBEZONE_UPSTREAM_PORT_53_TCP)');
  });

  test.each([
    ['ClusterIP', ['kubezone: dns dns-tcp dns-tls metrics']],
    ['NodePort', ['kubezone-metrics: metrics', 'kubezone: dns dns-tcp dns-tls']],
    ['LoadBalancer', ['kubezone-metrics: metrics', 'kubezone: dns dns-tcp dns-tls']],
  ])('a Service of type %s has metrics only where the outside does not reach them, and they are scraped all the same', (type, expected) => {
    const config = { 'listen-tls': [':853'], admin: ':9999' };
    const objects = render({ service: { type }, config, tlsSecret: 'dns-tls', serviceMonitor: { enabled: true } });
    const services = objects.filter(({ kind }) => kind === 'Service') as unknown as ServiceObject[];
    const shown = services.map(({ metadata, spec }) => `${metadata.name}: ${spec.ports.map(({ name }) => name).join(' ')}`);
    expect(shown.toSorted()).toEqual(expected);
    const { selector } = find(objects, 'ServiceMonitor').spec as { selector: { matchLabels: object } };
    const scraped = services.filter(({ spec }) => spec.ports.some(({ name }) => name === 'metrics'));
    expect(scraped).toHaveLength(1);
    expect(scraped[0]!.metadata.labels).toMatchObject(selector.matchLabels);
    expect(scraped[0]!.spec.selector).toEqual(services.find(({ metadata }) => metadata.name === 'kubezone')!.spec.selector);
    if (type !== 'ClusterIP') expect(scraped[0]!.spec).toMatchObject({ clusterIP: 'None', ports: [{ port: 9999 }] });
    // Otherwise clients from outside would have the address of a node.
    const policy = services.find(({ metadata }) => metadata.name === 'kubezone')!.spec as { externalTrafficPolicy?: string };
    expect(policy.externalTrafficPolicy).toBe(type === 'ClusterIP' ? undefined : 'Local');
  });

  test.each([
    ['the usual ports', {}, [53, 53, 9153], '9153'],
    ['a list as one text', { listen: ':53,:5353' }, [53, 53, 9153], '9153'],
    ['ports of its own', { listen: [':5353'], admin: ':9999' }, ['dns', 'dns-tcp', 'metrics'], '9999'],
  ])('with %s, the Service finds them on pods of CoreDNS too, and annotations say where to scrape', (_, config, targets, scraped) => {
    const { metadata, spec } = find(render({ config }), 'Service') as unknown as ServiceObject;
    expect(spec.ports.map(({ targetPort }) => targetPort)).toEqual(targets);
    expect(metadata.annotations).toEqual({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': scraped });
  });

  test.each([
    ['a port of their own', { 'prometheus.io/port': '1234' }, { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '1234' }],
    ['no scrape', { 'prometheus.io/scrape': null, note: 'x' }, { note: 'x' }],
    ['nothing', null, undefined],
  ])('annotations with %s are as given', (_, annotations, expected) => {
    const { metadata } = find(render({ service: { annotations } }), 'Service') as unknown as ServiceObject;
    expect(metadata.annotations).toEqual(expected);
  });
});

interface ServiceObject {
  readonly metadata: { readonly name: string; readonly labels: object; readonly annotations?: object };
  readonly spec: {
    readonly selector: object;
    readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: unknown }[];
  };
}
