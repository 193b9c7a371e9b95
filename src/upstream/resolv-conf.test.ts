import { describe, expect, test } from 'vitest';
import { parseResolvConf } from './resolv-conf.ts';

describe('parseResolvConf', () => {
  const cases: readonly [title: string, text: string, nameservers: readonly string[]][] = [
    ['addresses in their order', 'nameserver 10.0.0.53\nnameserver fd00::53\n', ['udp://10.0.0.53:53', 'udp://[fd00::53]:53']],
    ['each once', 'nameserver 10.0.0.53\nnameserver 10.0.0.53', ['udp://10.0.0.53:53']],
    ['however it is spaced and ended', '  nameserver\t10.0.0.53  # ours\r\n', ['udp://10.0.0.53:53']],
    [
      'comments and other lines left out',
      '# nameserver 1.1.1.1\n;nameserver 1.1.1.2\nsearch a.test\noptions ndots:5 edns0\nnameservers 1.1.1.3',
      [],
    ],
    ['an empty file', '', []],
  ];
  test.each(cases)('%s', (_, text, nameservers) => {
    expect(parseResolvConf(text)).toEqual({ nameservers, refused: [] });
  });

  const bad: readonly [address: string, reason: RegExp][] = [
    ['fe80::1%eth0', /zone index/],
    ['10.0.0.53:5353', /takes no ports/],
    ['[fd00::53]:53', /takes no ports/],
    ['dns.example.test', /no IP address/],
    ['', /no IP address/],
  ];
  test.each(bad)('refuses "%s", and keeps the others', (address, reason) => {
    const { nameservers, refused } = parseResolvConf(`nameserver ${address}\nnameserver 10.0.0.53`);
    expect(nameservers).toEqual(['udp://10.0.0.53:53']);
    expect(refused).toEqual([expect.stringMatching(reason)]);
    expect(refused[0]).toContain('line 1: ');
  });
});
