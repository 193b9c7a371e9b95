/**
 * Sends hostile traffic to the whole program: `node test/fuzz/hostile.ts [--packets 10000000] [--streams 100000] [--seed N]`, run by hand. The
 * exit code is 1 unless every reply is valid, the process still answers, and its memory does not grow.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { decode, encode } from 'dns-packet';
import { Deframer, frame } from '../../src/upstream/framing.ts';
import { dnsClient } from '../fakes/dns-client.ts';
import { startProgram, type Program } from '../programs/kubezone.ts';
import { pick, seeded } from '../fakes/seeded.ts';
import { mutated } from './mutate.ts';
import { seedsOf, targets } from './targets.ts';
import { checkResponse } from './valid-response.ts';

const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '10000000' },
    // So many that the garbage collector goes round meanwhile: before it has, memory only grows.
    streams: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
  },
});
/** Packets per burst: no more than a socket's buffer holds. */
const WINDOW = 256;
/** Allowed ratio of resident memory at the end to that after a tenth of the traffic. */
const FLAT = 1.2;

const random = seeded(Number(values.seed));
const target = targets.find(({ name }) => name === 'respond')!;
const seeds = seedsOf(target).map(([, octets]) => octets);
const program = await startProgram(['--upstream', '127.0.0.1:9', '--upstream-budget', '100ms']);
const invalid: string[] = [];

while (!(await stillAnswers(program))) await new Promise((resolve) => setTimeout(resolve, 50));
await throwPackets(program, Number(values.packets));
await throwStreams(program, Number(values.streams));
const answers = await stillAnswers(program);
console.log(`invalid replies: ${invalid.length}; still answers: ${answers}`);
for (const one of invalid.slice(0, 10)) console.log(one);
const code = await program.stop();
if (invalid.length > 0 || !answers || code !== 0) process.exitCode = 1;

function note(asked: Uint8Array | undefined, response: Uint8Array, limit: number): void {
  if (asked === undefined) return;
  try {
    checkResponse(asked, response, limit);
  } catch (error) {
    invalid.push(
      `${(error as Error).message}\n  asked ${Buffer.from(asked).toString('hex')}\n  reply ${Buffer.from(response).toString('hex')}`,
    );
  }
}

async function throwPackets({ port, pid }: Program, count: number): Promise<void> {
  const socket = createSocket('udp4');
  const sent = new Array<Uint8Array | undefined>(65_536);
  let replies = 0;
  socket.on('message', (response) => {
    replies++;
    note(sent[response.readUInt16BE(0)], response, 1232);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const watch = memoryWatch(pid, 'packets');
  for (let done = 0; done < count;) {
    const batch = Math.min(WINDOW, count - done);
    await new Promise<void>((resolve) => {
      let left = batch;
      for (let i = 0; i < batch; i++) {
        const id = (done + i) & 0xffff;
        const packet = withId(mutated(random, seeds, target.words), id);
        sent[id] = packet;
        socket.send(packet, port, '127.0.0.1', () => --left === 0 && resolve());
      }
    });
    done += batch;
    watch(done / count, `${done} packets, ${replies} replies`);
    // Lets the program read: otherwise the kernel drops what it has not read yet.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  socket.close();
  console.log(`${unread(port)} packets the kernel threw away unread`);
}

/** Packets that the kernel dropped at the UDP socket bound to `port`, from Linux's /proc. */
function unread(port: number): number {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/udp', 'latin1').split('\n');
  return Number(
    lines
      .find((line) => line.includes(` ${local} `))
      ?.trim()
      .split(/\s+/)
      .at(-1),
  );
}

async function throwStreams({ port, pid }: Program, count: number): Promise<void> {
  const watch = memoryWatch(pid, 'streams');
  let done = 0;
  let opened = 0;
  const lane = async (): Promise<void> => {
    while (done < count) {
      done++;
      if (await brokenStream(port)) opened++;
      if (done % 1000 === 0) watch(done / count, `${done} streams, ${opened} of them opened`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, lane));
}

/** Sends some messages, correctly framed or not and perhaps cut off, then resets, ends or waits. Resolves to whether the connection was opened. */
function brokenStream(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = new Map<number, Uint8Array>();
    const pieces: Uint8Array[] = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, id) => {
      const message = withId(mutated(random, seeds, target.words), id);
      sent.set(id, message);
      return random() < 0.7 ? frame(message) : message;
    });
    const all = Buffer.concat(pieces);
    const cut = random() < 0.5 ? all.length : Math.floor(random() * all.length);
    const deframer = new Deframer();
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setTimeout(200, () => socket.destroy());
    socket.on('data', (data: Buffer) => {
      for (const response of deframer.push(data))
        note(response.length < 2 ? undefined : sent.get((response[0]! << 8) | response[1]!), response, 65_535);
    });
    let opened = false;
    socket
      .on('connect', () => (opened = true))
      .on('error', () => undefined)
      .on('close', () => resolve(opened));
    socket.write(all.subarray(0, cut), () => {
      const end = pick<'reset' | 'end' | 'wait'>(random, ['reset', 'reset', 'end', 'wait']);
      if (end === 'reset') socket.resetAndDestroy();
      else if (end === 'end') socket.end();
    });
  });
}

async function stillAnswers({ port }: Program): Promise<boolean> {
  const client = await dnsClient(`udp://127.0.0.1:${port}`);
  const question = encode({ type: 'query', id: 1, flags: 0x100, questions: [{ name: 'kubernetes.default.svc.cluster.local', type: 'A' }] });
  const response = await Promise.race([
    client.ask(question),
    new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 5000)),
  ]);
  client.close();
  if (response !== undefined) note(question, response, 1232);
  return response !== undefined && decode(Buffer.from(response)).answers?.length === 1;
}

/** Prints progress at each tenth, and records a failure when memory has grown between the first and the last. */
function memoryWatch(pid: number, what: string): (part: number, progress: string) => void {
  let told = 0;
  let first = 0;
  return (part, progress) => {
    if (part * 10 < told + 1) return;
    told = Math.floor(part * 10);
    const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
    first ||= resident;
    console.log(`${progress}; resident ${resident.toFixed(0)} MB`);
    if (told === 10 && resident > first * FLAT)
      invalid.push(`memory grew from ${first.toFixed(0)} to ${resident.toFixed(0)} MB over the ${what}`);
  };
}

function withId(packet: Uint8Array, id: number): Uint8Array {
  const copy = packet.slice();
  copy[0] = id >> 8;
  copy[1] = id;
  return copy.subarray(0, 4096);
}
