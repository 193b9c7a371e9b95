/** Other nameservers, each configured for the same cluster, and for speed as its documentation recommends. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, type Contender, type Setting } from './contender.ts';
import type { QuerySet } from './bench-cluster.ts';

const inZone: readonly QuerySet[] = ['service', 'srv', 'absent'];
const all: readonly QuerySet[] = [...inZone, 'cached', 'uncached'];

function configured(setting: Setting, text: string): string {
  const path = join(setting.folder, 'config');
  writeFileSync(path, text);
  return path;
}

/** As fast as it can be configured: everything is cached, and there are no metrics. */
const coredns: Contender = corednsWith('CoreDNS', all, 'cache 30');

/** As kubeadm installs it: with metrics, and answers about the cluster are not cached. */
export const corednsOfKubeadm: Contender = corednsWith(
  'CoreDNS, kubeadm',
  inZone,
  `errors
  prometheus 127.0.0.1:0
  cache 30 {
    disable success cluster.local
    disable denial cluster.local
  }`,
);

function corednsWith(name: string, sets: readonly QuerySet[], plugins: string): Contender {
  return {
    name,
    program: findProgram('coredns'),
    sets,
    prepare(setting) {
      const config = configured(
        setting,
        `.:${setting.port} {
  bind 127.0.0.1
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${setting.kubeconfig}
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
    ttl 30
  }
  ${plugins}
  forward . 127.0.0.1:${setting.upstreamPort}
  loadbalance
  ${setting.threads > 1 ? `multisocket ${setting.threads}` : ''}
}
`,
      );
      return { args: ['-conf', config], env: { GOMAXPROCS: String(setting.threads) } };
    },
  };
}

const nsd: Contender = {
  name: 'NSD',
  program: findProgram('nsd'),
  sets: inZone,
  prepare(setting) {
    const { folder, port, threads, files } = setting;
    const config = configured(
      setting,
      `server:
  ip-address: 127.0.0.1@${port}
  server-count: ${threads}
  rrl-ratelimit: 0
  reuseport: yes
  username: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/pid"
  xfrdfile: "${folder}/xfrd"
  zonelistfile: "${folder}/zones"
remote-control:
  control-enable: no
zone:
  name: cluster.local
  zonefile: "${files.zone}"
`,
    );
    return { args: ['-d', '-c', config] };
  },
};

const knot: Contender = {
  name: 'Knot DNS',
  program: findProgram('knotd'),
  sets: inZone,
  prepare(setting) {
    const { folder, port, threads, files } = setting;
    const config = configured(
      setting,
      `server:
  rundir: "${folder}"
  listen: 127.0.0.1@${port}
  udp-workers: ${threads}
  tcp-workers: 1
  background-workers: 1
database:
  storage: "${folder}"
template:
  - id: default
    storage: "${folder}"
    zonefile-sync: -1
zone:
  - domain: cluster.local
    file: "${files.zone}"
`,
    );
    return { args: ['-c', config] };
  },
};

const bind: Contender = {
  name: 'BIND',
  program: findProgram('named'),
  sets: all,
  prepare(setting) {
    const { folder, port, threads, files, upstreamPort } = setting;
    const config = configured(
      setting,
      `options {
  directory "${folder}";
  pid-file none;
  session-keyfile "${folder}/session";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  forwarders { 127.0.0.1 port ${upstreamPort}; };
  forward only;
  dnssec-validation no;
  allow-query { any; };
  querylog no;
};
controls { };
zone "cluster.local" { type primary; file "${files.zone}"; check-names ignore; };
`,
    );
    return { args: ['-f', '-n', String(threads), '-c', config] };
  },
};

const unbound: Contender = {
  name: 'Unbound',
  program: findProgram('unbound'),
  sets: all,
  prepare(setting) {
    const { port, threads, files, upstreamPort } = setting;
    const config = configured(
      setting,
      `server:
  interface: 127.0.0.1@${port}
  num-threads: ${threads}
  so-reuseport: yes
  do-daemonize: no
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
auth-zone:
  name: cluster.local
  zonefile: "${files.zone}"
  for-downstream: yes
  for-upstream: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${upstreamPort}
`,
    );
    return { args: ['-d', '-c', config] };
  },
};

const dnsmasq: Contender = {
  name: 'dnsmasq',
  program: findProgram('dnsmasq'),
  sets: all,
  prepare(setting) {
    const { port, files, upstreamPort } = setting;
    const lines = [
      `port=${port}`,
      'listen-address=127.0.0.1',
      'bind-interfaces',
      'user=root',
      'no-resolv',
      'no-hosts',
      'pid-file',
      `addn-hosts=${files.hosts}`,
      'local=/cluster.local/',
      `server=127.0.0.1#${upstreamPort}`,
      'cache-size=10000',
      'dns-forward-max=1000',
      ...files.srvLines,
    ];
    return { args: ['--keep-in-foreground', `--conf-file=${configured(setting, `${lines.join('\n')}\n`)}`] };
  },
};

export const peers: readonly Contender[] = [coredns, corednsOfKubeadm, nsd, knot, bind, unbound, dnsmasq];
