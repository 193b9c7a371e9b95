// `helm test`: asks the Service for its own name, by UDP and TCP, and for one that does not exist.
// Where namespaces or a selector leave that Service out, the name is dns-version.ZONE, which is there always.
// Arguments: the address of the Service, its name in DNS, and optionally another port.
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import { isDeepStrictEqual } from 'node:util';

const [address, name, port = '53'] = process.argv.slice(2);
const bracketed = address.includes(':') ? `[${address}]` : address;
const resolver = new Resolver({ timeout: 2000, tries: 3 });
resolver.setServers([`${bracketed}:${port}`]);

const code = (error) => error.code;
const ofService = [
  { what: `the address of ${name}`, ask: () => resolver.resolve(name, address.includes(':') ? 'AAAA' : 'A'), right: [address] },
  { what: `the name of ${address}`, ask: () => resolver.reverse(address), right: [name] },
  { what: `port dns-tcp of ${name}`, ask: async () => (await resolver.resolveSrv(`_dns-tcp._tcp.${name}`)).map((record) => record.port), right: [53] },
];
const checks = [
  ...(name.startsWith('dns-version.') ? [{ what: `the text of ${name}`, ask: () => resolver.resolveTxt(name), right: [['1.1.0']] }] : ofService),
  { what: `no address of nothing.${name}`, ask: () => resolver.resolve4(`nothing.${name}`).catch(code), right: 'ENOTFOUND' },
  { what: `an answer by TCP for ${name}`, ask: () => rcodeByTcp(name), right: 0 },
];

let failed = 0;
for (const { what, ask, right } of checks) {
  const got = await ask().catch(code);
  const ok = isDeepStrictEqual(got, right);
  if (!ok) failed++;
  console.log(`${ok ? 'ok    ' : 'failed'} ${what}${ok ? '' : `: ${JSON.stringify(got)} instead of ${JSON.stringify(right)}`}`);
}
process.exit(failed === 0 ? 0 : 1);

/** RFC 1035, 4.2.2: each message behind its length. */
async function rcodeByTcp(text) {
  const labels = text.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  const message = Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
  const socket = connect({ host: address, port: Number(port), timeout: 2000 });
  socket.on('timeout', () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEOUT' })));
  socket.end(Buffer.concat([Buffer.from([0, message.length]), message]));
  const chunks = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks)[5] & 0x0f;
}
