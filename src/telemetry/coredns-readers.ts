/** CoreDNS's metrics about what runs: version, plugins, options, threads. */
import { hash } from 'node:crypto';
import type { Options } from '../config/options.ts';
import type { Facts } from './metric.ts';
import { numberIn } from './process-readers.ts';
import type { Readers } from './registry.ts';

/** CoreDNS plugins whose work is always done here. */
const plugins = ['kubernetes', 'forward', 'cache', 'loop', 'errors', 'health', 'ready', 'prometheus', 'loadbalance', 'reload'];

/** CoreDNS plugins whose work is done here if the options say so. */
function optionalPlugins({ hosts, acl, autopath }: CorednsOptions): string[] {
  return [...(hosts.length > 0 ? ['hosts'] : []), ...(acl.length > 0 ? ['acl'] : []), ...(autopath ? ['autopath'] : [])];
}

type CorednsOptions = Pick<Options, 'hosts' | 'acl' | 'autopath'>;

/** `zones`: names with the trailing dot; `inUse`: returns the options in use. */
export function corednsReaders(facts: Facts, zones: readonly string[], inUse: () => CorednsOptions): Readers {
  const server = facts.servers.udp ?? 'dns://:53';
  return {
    coredns_build_info: () => [{ labels: { version: facts.version, revision: facts.revision, goversion: facts.runtime }, value: 1 }],
    coredns_plugin_enabled: () => {
      const names = [...plugins, ...optionalPlugins(inUse())];
      return zones.flatMap((zone) => names.map((name) => ({ labels: { server, zone, view: '', name }, value: 1 })));
    },
    coredns_reload_version_info: () => [{ labels: { hash: 'sha512', value: hash('sha512', JSON.stringify(inUse())) }, value: 1 }],
    go_goroutines: () => numberIn('/proc/self/status', /^Threads:\s+(\d+)/m, 1),
  };
}
