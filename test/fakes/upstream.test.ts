import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { once } from 'node:events';
import { typeFromName } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { writeQuestion } from '../../src/wire/question.ts';
import { frame } from '../../src/upstream/framing.ts';
import { readSaid, type Said } from '../conformance/said.ts';
import { startFakeUpstream, type FakeUpstream } from './upstream.ts';

let upstream: FakeUpstream;
beforeAll(async () => (upstream = await startFakeUpstream()));
afterAll(() => upstream.close());

const question = (name: string, type: string): Uint8Array =>
  writeQuestion({ name: nameFromText(name)!, type: typeFromName(type)!, dnssecOk: false, checkingDisabled: false }, 7, 1232);

async function askUdp(name: string, type: string): Promise<Said> {
  const socket = createSocket('udp4');
  socket.send(question(name, type), upstream.port, upstream.address);
  const [response] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return readSaid(response);
}

async function askTcp(name: string, type: string): Promise<Said> {
  const socket = connect(upstream.port, upstream.address);
  socket.write(frame(question(name, type)));
  let bytes = Buffer.alloc(0);
  while (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE()) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
  }
  socket.destroy();
  return readSaid(bytes.subarray(2));
}

it.each([
  ['www.example.test', 'AAAA', 'NOERROR', ['2001:db8::80']],
  ['cdn.example.test', 'A', 'NOERROR', ['edge.example.test.', '192.0.2.81', '192.0.2.82']],
  ['example.test', 'CAA', 'NOERROR', ['0 issue "ca.example.test"']],
  ['_sip._tcp.example.test', 'SRV', 'NOERROR', ['10 5 5060 www.example.test.']],
  ['_tcp.example.test', 'A', 'NOERROR', []],
  ['www.example.test', 'HTTPS', 'NOERROR', []],
  ['missing.example.test', 'A', 'NXDOMAIN', []],
  ['elsewhere.test', 'A', 'NXDOMAIN', []],
  ['servfail.example.test', 'A', 'SERVFAIL', []],
])('says to %s %s: %s %j', async (name, type, rcode, rdata) => {
  for (const said of [await askUdp(name, type), await askTcp(name, type)])
    expect([said.rcode, said.answer.map(([, , , text]) => text)]).toEqual([rcode, rdata]);
});

it('is truncated and empty over UDP where the answer is big, whole over TCP', async () => {
  expect(await askUdp('big.example.test', 'A')).toMatchObject({ tc: true, answer: [] });
  const whole = await askTcp('big.example.test', 'A');
  expect(whole.tc).toBe(false);
  expect(whole.answer).toHaveLength(199);
  expect(upstream.asked.slice(-2)).toEqual(['udp big.example.test A', 'tcp big.example.test A']);
});
