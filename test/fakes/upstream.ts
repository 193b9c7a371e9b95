/** A fake upstream on loopback that answers like the upstream of the conformance recordings, or as a test chooses. */
import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { decode, encode, TRUNCATED_RESPONSE, type Answer, type Packet } from 'dns-packet';
import { Deframer, frame } from '../../src/upstream/framing.ts';

export interface Reply {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  /** Whether the reply is empty with TC over UDP. */
  readonly truncated?: boolean;
}

/** Returns the reply to a question, or undefined for none. `name` is in lower case without the final dot, `type` as in dns-packet (`UNKNOWN_65`). */
export type Says = (name: string, type: string) => Reply | undefined;

export interface FakeUpstream {
  readonly address: string;
  readonly port: number;
  /** The questions so far, such as `udp www.example.test A`. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Listens on UDP and TCP on one port of `address`. */
export async function startFakeUpstream(says: Says = recordedUpstream, address = '127.0.0.1'): Promise<FakeUpstream> {
  const asked: string[] = [];
  const connections = new Set<Socket>();
  const answer = (message: Uint8Array, transport: 'udp' | 'tcp'): Buffer | undefined => {
    const { name = '', type = '' } = decode(Buffer.from(message)).questions?.[0] ?? {};
    asked.push(`${transport} ${name.toLowerCase()} ${type}`);
    return reply(message, transport, says);
  };
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  udp.on('message', (message, client) => {
    const response = answer(message, 'udp');
    if (response !== undefined) udp.send(response, client.port, client.address);
  });
  const tcp = createServer((connection) => {
    connections.add(connection);
    const deframer = new Deframer();
    connection.on('data', (data: Buffer) => {
      for (const message of deframer.push(data)) {
        const response = answer(message, 'tcp');
        if (response !== undefined) connection.write(frame(response));
      }
    });
    connection.on('error', () => undefined).on('close', () => connections.delete(connection));
  });
  // A port that is free for TCP is seldom taken for UDP; the reverse is common.
  await new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(0, address, resolve));
  const { port } = tcp.address() as AddressInfo;
  await new Promise<void>((resolve) => udp.bind(port, address, resolve));
  return {
    address,
    port,
    asked,
    close: async () => {
      for (const connection of connections) connection.destroy();
      await Promise.all([new Promise((resolve) => udp.close(() => resolve(undefined))), new Promise((resolve) => tcp.close(resolve))]);
    },
  };
}

/** Returns the whole reply message to `message`, or undefined for none. */
export function reply(message: Uint8Array, transport: 'udp' | 'tcp', says: Says = recordedUpstream): Buffer | undefined {
  const query = decode(Buffer.from(message));
  const [question] = query.questions ?? [];
  const said = question && says(question.name.toLowerCase(), question.type);
  if (question === undefined || said === undefined) return undefined;
  const cut = said.truncated === true && transport === 'udp';
  const packet: Packet = {
    type: 'response',
    id: query.id ?? 0,
    flags: RCODES.indexOf(said.rcode) | RA | (cut ? TRUNCATED_RESPONSE : 0) | ((query.flags ?? 0) & RD),
    questions: [question],
    answers: cut ? [] : [...(said.answers ?? [])],
    authorities: cut ? [] : [...(said.authorities ?? [])],
  };
  return encode(packet);
}

const RA = 0x80;
const RD = 0x100;
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

const soa: Answer = {
  name: 'example.test',
  type: 'SOA',
  ttl: 900,
  data: { mname: 'ns.example.test', rname: 'admin.example.test', serial: 7, refresh: 3600, retry: 600, expire: 86400, minimum: 60 },
};
const a = (name: string, data: string, ttl: number): Answer => ({ name, type: 'A', ttl, data });
const www = 'www.example.test';

const records: readonly Answer[] = [
  a(www, '192.0.2.80', 300),
  { name: www, type: 'AAAA', ttl: 300, data: '2001:db8::80' },
  soa,
  { name: 'example.test', type: 'NS', ttl: 900, data: 'ns.example.test' },
  { name: 'example.test', type: 'MX', ttl: 300, data: { preference: 10, exchange: 'mx.example.test' } },
  { name: 'example.test', type: 'TXT', ttl: 300, data: 'v=spf1 -all' },
  { name: 'example.test', type: 'CAA', ttl: 300, data: { flags: 0, tag: 'issue', value: 'ca.example.test' } },
  { name: 'cdn.example.test', type: 'CNAME', ttl: 120, data: 'edge.example.test' },
  a('edge.example.test', '192.0.2.81', 30),
  a('edge.example.test', '192.0.2.82', 30),
  { name: '_sip._tcp.example.test', type: 'SRV', ttl: 300, data: { priority: 10, weight: 5, port: 5060, target: www } },
  ...Array.from({ length: 199 }, (_, i) => a('big.example.test', `192.0.2.${i + 1}`, 60)),
];

/** Replies as the table in test/conformance/README.md says. */
export const recordedUpstream: Says = (name, type) => {
  if (name === 'servfail.example.test') return { rcode: 'SERVFAIL' };
  if (name !== 'example.test' && !name.endsWith('.example.test')) return { rcode: 'NXDOMAIN' };
  const [alias] = records.filter((record) => record.name === name && record.type === 'CNAME');
  const owner = alias?.type === 'CNAME' && type !== 'CNAME' ? alias.data : name;
  const found = records.filter((record) => record.name === owner && record.type === type);
  const answers = owner === name ? found : [alias!, ...found];
  if (answers.length > 0) return { rcode: 'NOERROR', answers, truncated: name === 'big.example.test' };
  const exists = records.some((record) => record.name === name || record.name.endsWith(`.${name}`));
  return { rcode: exists ? 'NOERROR' : 'NXDOMAIN', authorities: [soa] };
};
