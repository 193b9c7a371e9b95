/** Finds listeners that have an address and port in common: the second could not listen. */
import type { Problem } from '../../src/config/check.ts';
import type { Address } from '../../src/config/option.ts';
import type { Options } from '../../src/config/options.ts';
import { urlHost } from '../../src/wire/address.ts';

type Listening = Pick<Options, 'listen' | 'listenTls' | 'listenHttps' | 'admin'>;

/** Returns a problem for each address that one before it has too. Port 0 is a different one each time. */
export function portProblems({ listen, listenTls, listenHttps, admin }: Listening): readonly Problem[] {
  const all = [
    ...named('listen', listen),
    ...named('listen-tls', listenTls),
    ...named('listen-https', listenHttps),
    ...named('admin', admin === undefined ? [] : [admin]),
  ];
  return all.flatMap(({ option, index, address }, i) => {
    const other = all.slice(0, i).find((before) => overlap(before.address, address));
    if (other === undefined) return [];
    const { host, port } = address;
    const text = `${urlHost(host)}:${port}`;
    return [
      { option, ...(option !== 'admin' && { index }), problem: `"${text}" is taken by --${other.option}; each needs a port of its own` },
    ];
  });
}

function named(option: string, addresses: readonly Address[]): { option: string; index: number; address: Address }[] {
  return addresses.map((address, index) => ({ option, index, address }));
}

/** An empty host stands for all addresses. */
function overlap(a: Address, b: Address): boolean {
  return a.port !== 0 && a.port === b.port && (a.host === b.host || a.host === '' || b.host === '');
}
