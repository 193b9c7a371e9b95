/** kubezone as contenders, with its own UDP listener and with node:dgram, and the floor under every server: a C program that echoes packets. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Contender } from './contender.ts';

const root = join(import.meta.dirname, '../..');

export const kubezone: Contender = serving('kubezone');
export const kubezoneByDgram: Contender = serving('kubezone, node:dgram', '--udp', 'dgram');

/** As in a cluster: the bundle that the image contains, in its environment, fed by the API server. The bundle is written to `folder`. */
export function kubezoneFromApi(folder: string): Contender {
  execFileSync(process.execPath, [join(root, 'cmd/bundle/main.ts'), folder], { stdio: 'ignore' });
  return {
    name: 'kubezone',
    program: process.execPath,
    sets: ['service'],
    prepare: ({ kubeconfig, port, upstreamPort }) => ({
      args: [
        ...[join(folder, 'kubezone.mjs'), 'serve', '--kubeconfig', kubeconfig],
        ...['--listen', `127.0.0.1:${port}`, '--admin', '127.0.0.1:0', '--lameduck', '0s', '--upstream', `127.0.0.1:${upstreamPort}`],
      ],
      env: { MALLOC_ARENA_MAX: '1' },
    }),
  };
}

function serving(name: string, ...more: readonly string[]): Contender {
  return {
    name,
    program: process.execPath,
    sets: ['service', 'srv', 'absent', 'cached', 'uncached'],
    prepare: ({ files, port, threads, upstreamPort }) => ({
      args: [
        join(root, 'cmd/kubezone/main.ts'),
        'serve',
        ...['--manifests', files.manifests, '--listen', `127.0.0.1:${port}`, '--admin', '127.0.0.1:0', '--lameduck', '0s'],
        ...['--upstream', `127.0.0.1:${upstreamPort}`, '--threads', String(threads), ...more],
      ],
    }),
  };
}

/** `program` is the path of the compiled echo.c. */
export function floors(program: string | undefined): readonly Contender[] {
  const floor = (name: string, way: string): Contender => ({
    name,
    program,
    sets: ['service', 'srv', 'absent', 'cached'],
    prepare: ({ port, threads }) => ({ args: [String(port), way, String(threads)] }),
  });
  return [floor('C echo, recvmmsg', 'batch'), floor('C echo, recvfrom', 'plain')];
}
