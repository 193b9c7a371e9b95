/** The metrics of CoreDNS that say what runs. */
import { hash } from 'node:crypto';
import type { Facts } from './metric.ts';
import { numberIn } from './process-readers.ts';
import type { Readers } from './registry.ts';

/** Plugins of CoreDNS whose work is done here always. */
const plugins = ['kubernetes', 'forward', 'cache', 'loop', 'errors', 'health', 'ready', 'prometheus', 'loadbalance', 'reload'];

/** `zones`: names with the last dot; `inUse`: the options in use, as text. */
export function corednsReaders(facts: Facts, zones: readonly string[], inUse: () => string): Readers {
  const server = facts.servers.udp ?? 'dns://:53';
  return {
    coredns_build_info: () => [{ labels: { version: facts.version, revision: facts.revision, goversion: facts.runtime }, value: 1 }],
    coredns_plugin_enabled: () => zones.flatMap((zone) => plugins.map((name) => ({ labels: { server, zone, view: '', name }, value: 1 }))),
    coredns_reload_version_info: () => [{ labels: { hash: 'sha512', value: hash('sha512', inUse()) }, value: 1 }],
    go_goroutines: () => numberIn('/proc/self/status', /^Threads:\s+(\d+)/m, 1),
  };
}
