import { describe, expect, test } from 'vitest';
import { find, hasHelm, render } from './helm.ts';

interface Policy {
  readonly spec: {
    readonly policyTypes: readonly string[];
    readonly ingress: readonly { readonly ports: readonly Port[] }[];
    readonly egress: readonly { readonly ports: readonly Port[] }[];
  };
}
interface Port {
  readonly port: number;
  readonly protocol: string;
}

describe.skipIf(!hasHelm)("the chart's NetworkPolicy (skipped without helm)", () => {
  const usual = ['UDP 53', 'TCP 53', 'TCP 853', 'TCP 443', 'TCP 6443'];
  test.each<[string, object, object, readonly string[]]>([
    ['the usual ports', {}, {}, usual],
    [
      'upstreams on the usual ports',
      { upstream: ['10.0.0.53', 'tls://9.9.9.9#dns.quad9.net', 'https://dns.example/dns-query', 'fd00::53'] },
      {},
      usual,
    ],
    [
      'upstreams on others',
      { upstream: '10.0.0.53:5353, tls://[fd00::1]:8853#dns.example' },
      {},
      [...usual, 'TCP 5353', 'UDP 5353', 'TCP 8853'],
    ],
    [
      'a zone with upstreams on others',
      { zones: { 'corp.example': ['tcp://10.0.0.53:1053', '[fd00::53]:53'], 'other.example': 'https://dns.example:8443/q' } },
      {},
      [...usual, 'TCP 8443', 'TCP 1053'],
    ],
    [
      'ports of its own, a range among them',
      { upstream: ['10.0.0.53'], zones: { x: ['tcp://10.0.0.53:8053'] } },
      { egressPorts: [{ port: 8000, endPort: 8443, protocol: 'TCP' }] },
      ['TCP 8000', 'TCP 53', 'UDP 53'],
    ],
    ['no ports but those of upstreams', { upstream: ['10.0.0.53'] }, { egressPorts: [] }, ['TCP 53', 'UDP 53']],
    ['no ports', {}, { egressPorts: [] }, []],
    ['ports taken away', {}, { egressPorts: null }, []],
  ])('with %s it lets out what the server asks, and nothing else', (_, config, networkPolicy, ports) => {
    const { spec } = find(render({ config, networkPolicy: { enabled: true, ...networkPolicy } }), 'NetworkPolicy') as unknown as Policy;
    expect(spec.policyTypes).toContain('Egress');
    // A rule without ports would allow all ports.
    expect(spec.egress.map((rule) => rule.ports.map(({ port, protocol }) => `${protocol} ${port}`))).toEqual(
      ports.length === 0 ? [] : [ports],
    );
  });

  test.each<[string, object, readonly string[]]>([
    ['one', {}, ['UDP 53', 'TCP 53']],
    ['several, one of them on two addresses', { listen: '10.0.0.1:53, [::1]:53, :5353' }, ['UDP 53', 'TCP 53', 'UDP 5353', 'TCP 5353']],
    ['encrypted ones', { 'listen-tls': [':853'], 'listen-https': ':443,:8443' }, ['UDP 53', 'TCP 53', 'TCP 853', 'TCP 443', 'TCP 8443']],
  ])('it lets in queries to every port listened on: %s', (_, config, ports) => {
    const { spec } = find(render({ config, tlsSecret: 'dns-tls', networkPolicy: { enabled: true } }), 'NetworkPolicy') as unknown as Policy;
    expect(spec.ingress[0]!.ports.map(({ port, protocol }) => `${protocol} ${port}`)).toEqual(ports);
  });
});
