import { expect, test } from 'vitest';
import { parseEndpoint } from './endpoint.ts';
import { isOurselves } from './own-address.ts';

const local = ['127.0.0.1', '::1', '10.0.0.7', 'fe80::1'];

const cases: readonly [url: string, host: string, port: number, own: boolean][] = [
  ['udp://10.0.0.7:53', '10.0.0.7', 53, true],
  ['udp://10.0.0.7:53', '', 53, true],
  ['udp://10.0.0.7:53', '::', 53, true],
  ['udp://10.0.0.7:5353', '', 53, false],
  ['udp://10.0.0.8:53', '', 53, false],
  ['udp://127.0.0.53:53', '0.0.0.0', 53, true],
  ['udp://127.0.0.53:53', '127.0.0.1', 53, false],
  ['udp://[::1]:53', '0:0:0:0:0:0:0:1', 53, true],
  ['udp://[::ffff:127.0.0.1]:53', '', 53, true],
  ['udp://[::ffff:10.0.0.7]:53', '10.0.0.7', 53, true],
  ['udp://[::ffff:10.0.0.8]:53', '', 53, false],
  ['udp://0.0.0.0:53', '', 53, true],
  ['udp://[::]:53', '0.0.0.0', 53, true],
  ['udp://0.0.0.0:5353', '', 53, false],
  ['tls://10.0.0.7:853#a.test', '', 853, true],
  ['https://dns.example.test/dns-query', '', 443, false],
];

test.each(cases)('%s, listening on "%s" port %i: %s', (url, host, port, own) => {
  expect(isOurselves(parseEndpoint(url), [{ host, port }], local)).toBe(own);
});
