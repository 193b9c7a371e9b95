import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { load } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { explain } from './startup-error.ts';

function optionsOf(...argv: string[]): Options {
  const loaded = load(argv, {}, () => '');
  if ('errors' in loaded) throw new Error(loaded.errors[0]?.message);
  return loaded.options;
}

const bindError = (code: string, address: string, port: number): Error =>
  Object.assign(new Error(`bind ${code}`), { code, syscall: 'bind', address, port });

test('a TCP port in use, as the system says it', async () => {
  const first = createServer().listen(0, '127.0.0.1');
  await once(first, 'listening');
  const { port } = first.address() as AddressInfo;
  const [error] = (await once(createServer().listen(port, '127.0.0.1'), 'error')) as [Error];
  first.close();
  const text = `cannot listen on 127.0.0.1:${port}: the port is in use; end what listens there (ss -lntup shows it) or choose another with --listen ADDR:PORT`;
  expect(explain(error, optionsOf('--listen', `127.0.0.1:${port}`))).toBe(text);
  expect(explain(error)).toBe(text);
  expect(explain(error, optionsOf('--admin', `127.0.0.1:${port}`))).toBe(text.replace('--listen', '--admin'));
});

test('a UDP port in use, as the system says it', async () => {
  const first = createSocket('udp4').bind(0, '127.0.0.1');
  await once(first, 'listening');
  const { port } = first.address();
  const second = createSocket('udp4').bind(port, '127.0.0.1');
  const [error] = (await once(second, 'error')) as [Error];
  first.close();
  second.close();
  expect(explain(error)).toMatch(`cannot listen on 127.0.0.1:${port}: the port is in use`);
});

test('a file that is not there, as the system says it', () => {
  let thrown: unknown;
  try {
    readFileSync('/nowhere/kubeconfig');
  } catch (error) {
    thrown = error;
  }
  expect(explain(thrown)).toBe('cannot read /nowhere/kubeconfig: there is no such file; give the path of one');
});

test.each([
  ['--tls-cert', '/nowhere/tls.crt', 'open'],
  ['--tls-key', '/nowhere/tls.key', 'open'],
  ['--rpz', '/nowhere/lists/a.rpz', 'access'],
  ['--blocklist', '/nowhere/ads', 'stat'],
])('a file that %s names', (option, path, syscall) => {
  const options = optionsOf(
    '--tls-cert',
    '/nowhere/tls.crt',
    '--tls-key',
    '/nowhere/tls.key',
    '--rpz=/nowhere/lists/',
    '--blocklist=/nowhere/ads',
  );
  const error = Object.assign(new Error(`${syscall} ENOENT`), { code: 'ENOENT', syscall, path });
  expect(explain(error, options)).toBe(`${option}: cannot read ${path}: there is no such file; give the path of one`);
});

test.each<[string, Error, RegExp]>([
  [
    'port 53 without the right',
    bindError('EACCES', '::', 53),
    /^cannot listen on \[::\]:53: ports below 1024 .*sysctl net\.ipv4\.ip_unprivileged_port_start: '0'.*setcap.*--listen 127\.0\.0\.1:1053$/,
  ],
  ['another low port', bindError('EACCES', '0.0.0.0', 853), /^cannot listen on 0\.0\.0\.0:853: .*--listen-tls 127\.0\.0\.1:1877$/],
  [
    'an address of another machine',
    bindError('EADDRNOTAVAIL', '192.0.2.1', 53),
    /^cannot listen on 192\.0\.2\.1:53: this machine has no such address/,
  ],
  ['no IPv6', bindError('EAFNOSUPPORT', '::1', 53), /^cannot listen on \[::1\]:53: this machine does not speak that address family/],
  [
    'what was said by ourselves',
    new Error('kubeconfig x has no current-context; name one'),
    /^kubeconfig x has no current-context; name one$/,
  ],
  ['a system error inside an error of ours', new Error('ours', { cause: bindError('EACCES', '', 53) }), /^ours$/],
  [
    'a system error inside one of the language',
    new TypeError('fetch failed', { cause: bindError('EADDRINUSE', '::1', 53) }),
    /^cannot listen on \[::1\]:53: the port is in use/,
  ],
  ['a bind error of another kind', bindError('EINVAL', '', 53), /^bind EINVAL$/],
])('%s', (_, error, expected) => {
  expect(explain(error, optionsOf('--listen', ':53', '--listen-tls', ':853', '--tls-cert', 'c', '--tls-key', 'k'))).toMatch(expected);
});

test('what is no error is shown as it is', () => {
  expect(explain('gone')).toBe('failed: gone');
});
