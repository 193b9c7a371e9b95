/** Measures how much larger UDP responses are than queries, on the example cluster, for docs/security.md: `node test/bench/amplification.ts`. */
import { decode, encode } from 'dns-packet';
import { dnsClient } from '../fakes/dns-client.ts';
import { startProgram } from '../programs/kubezone.ts';

const questions = [
  ['kubernetes.default.svc.cluster.local', 'A'],
  ['kubernetes.default.svc.cluster.local', 'SRV'],
  ['kubernetes.default.svc.cluster.local', 'ANY'],
  ['absent.default.svc.cluster.local', 'A'],
  ['cluster.local', 'SOA'],
  ['cluster.local', 'NS'],
  ['cluster.local', 'ANY'],
  ['cluster.local', 'AXFR'],
  ['outside.example', 'ANY'],
] as const;

const program = await startProgram(['--upstream', '127.0.0.1:9', '--upstream-budget', '100ms']);
const client = await dnsClient(`udp://127.0.0.1:${program.port}`);
let id = 0;
const question = encode({ type: 'query', id, questions: [{ name: 'kubernetes.default.svc.cluster.local', type: 'A' }] });
while (decode(Buffer.from(await client.ask(question))).answers?.length !== 1) await new Promise((resolve) => setTimeout(resolve, 20));
for (const [name, type] of questions) {
  for (const edns of [false, true]) {
    const additionals = edns ? [{ type: 'OPT' as const, name: '.', udpPayloadSize: 4096, flags: 0, options: [] }] : [];
    const message = encode({
      type: 'query',
      id: ++id,
      flags: 0x100,
      questions: [{ name, type: type as 'A' }],
      additionals: additionals as never,
    });
    const { length } = await client.ask(message);
    console.log(
      `${name} ${type}${edns ? ' with EDNS' : ''}: ${message.length} → ${length} octets, × ${(length / message.length).toFixed(1)}`,
    );
  }
}
client.close();
await program.stop();
