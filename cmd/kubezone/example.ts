/**
 * The example cluster, served if no other source is named, on request (`--example`, `npm start`) or where only this machine can ask; and questions that
 * show what it holds.
 */
import { fileURLToPath } from 'node:url';
import type { Address } from '../../src/config/option.ts';

/** The folder of its manifests. */
export const EXAMPLE_MANIFESTS: string = fileURLToPath(new URL('../../deploy/example', import.meta.url));

/** Arguments of dig, and what the answer shows. The names are those of the example with the default cluster domain. */
export const exampleQuestions: readonly { readonly dig: string; readonly shows: string }[] = [
  { dig: 'web.shop.svc.cluster.local', shows: "a Service's address" },
  { dig: 'web.shop.svc.cluster.local AAAA', shows: 'its IPv6 address' },
  { dig: '_http._tcp.web.shop.svc.cluster.local SRV', shows: 'a named port' },
  { dig: 'postgres.data.svc.cluster.local', shows: 'a headless Service: its ready pods' },
  { dig: 'postgres-0.postgres.data.svc.cluster.local', shows: 'one pod of a StatefulSet' },
  { dig: 'primary.data.svc.cluster.local', shows: 'an ExternalName, followed' },
  { dig: '-x 10.96.20.1', shows: 'the Service of an address' },
  { dig: '10-244-1-5.shop.pod.cluster.local', shows: "a pod's address as a name" },
  { dig: 'nothing.shop.svc.cluster.local', shows: 'NXDOMAIN' },
];

/** What `kubezone serve` prints once the example answers on `address`. */
export function welcome(address: Address): string {
  const host = address.host === '' ? '127.0.0.1' : address.host;
  const commands = exampleQuestions.map(({ dig, shows }) => ({ line: `  dig @${host} -p ${address.port} ${dig}`, shows }));
  const width = Math.max(...commands.map(({ line }) => line.length));
  return [
    'This is the example cluster of deploy/example, as no other was named (--example):',
    `a shop, its data, and the cluster's own Services, served by UDP and TCP on ${host} port ${address.port}. Try:`,
    '',
    ...commands.map(({ line, shows }) => `${line.padEnd(width)}  # ${shows}`),
    '',
    'Your own: --manifests PATH for a folder of YAML, --kubeconfig PATH for a cluster; --help for the rest.',
    '',
  ].join('\n');
}
