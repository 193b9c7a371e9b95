import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { cannotListen, endpointUrl } from './endpoint.ts';

const { EACCES, EADDRINUSE, EPERM } = constants.errno;

// A capability alone does not help a process that is not root: decision 11.
test('a low port names each way to get the right', () => {
  const error = cannotListen('udp://[::]:53', Object.assign(new Error('bind'), { code: 'EACCES', errno: -EACCES }));
  expect(error.message).toMatch(
    /^cannot listen on udp:\/\/\[::\]:53: permission denied \(EACCES\); .*sysctl net\.ipv4\.ip_unprivileged_port_start.*setcap.*1053$/,
  );
  expect(error.code).toBe('EACCES');
});

test('a port in use says how to see by whom', () => {
  const error = cannotListen('tcp://192.0.2.1:53', Object.assign(new Error('listen'), { code: 'EADDRINUSE', errno: -EADDRINUSE }));
  expect(error.message).toMatch(/^cannot listen on tcp:\/\/192\.0\.2\.1:53: address already in use \(EADDRINUSE\); .*ss -lntup/);
});

test('an error without a remedy is said as the system says it, or as it was thrown', () => {
  const known = cannotListen('udp://127.0.0.1:53', Object.assign(new Error('bind'), { code: 'EPERM', errno: -EPERM }));
  expect(known.message).toBe('cannot listen on udp://127.0.0.1:53: operation not permitted (EPERM)');
  expect(cannotListen('udp://127.0.0.1:53', new Error('strange')).message).toBe('cannot listen on udp://127.0.0.1:53: strange (UNKNOWN)');
});

test('a URL has an IPv6 address in brackets', () => {
  expect(endpointUrl('udp', { host: '::1', port: 53 })).toBe('udp://[::1]:53');
  expect(endpointUrl('udp', { host: '127.0.0.1', port: 53 })).toBe('udp://127.0.0.1:53');
});
