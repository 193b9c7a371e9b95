/** A popular name costs one upstream query however many clients wait; after the first none waits, as the entry is prefetched before it expires. */
import packet from 'dns-packet';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { dnsClient, type DnsClient } from '../fakes/dns-client.ts';
import { startProgram, type Program } from '../programs/kubezone.ts';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Delay of the upstream, ms: a client that waits for it is noticeable. */
const UPSTREAM = 250;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** An upstream that counts queries by name, and answers each after UPSTREAM ms with a TTL of `ttl` seconds. */
async function slowUpstream(ttl: number): Promise<{ port: number; asked: (name: string) => number }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const counts = new Map<string, number>();
  socket.on('message', (message, from) => {
    const [question] = packet.decode(message).questions!;
    const name = question!.name.toLowerCase();
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const answers: packet.Answer[] = [{ name: question!.name, type: 'A', ttl, data: '192.0.2.1' }];
    const reply = packet.encode({
      type: 'response',
      id: message.readUInt16BE(0),
      flags: packet.RECURSION_AVAILABLE,
      questions: [question!],
      answers,
    });
    const timer = setTimeout(() => socket.send(reply, from.port, from.address), UPSTREAM);
    socket.once('close', () => clearTimeout(timer));
  });
  closing.push(() => socket.close());
  return { port: socket.address().port, asked: (name) => counts.get(name) ?? 0 };
}

async function serve(upstream: number): Promise<Program> {
  const program = await startProgram(['--upstream', `127.0.0.1:${upstream}`, '--lameduck', '0s']);
  closing.push(() => program.stop());
  await expect.poll(async () => (await fetch(`${program.admin}/readyz`)).status, { timeout: 15_000 }).toBe(200);
  return program;
}

async function clients(program: Program, count: number): Promise<DnsClient[]> {
  const all = await Promise.all(Array.from({ length: count }, () => dnsClient(`udp://127.0.0.1:${program.port}`)));
  closing.push(() => all.forEach((client) => client.close()));
  return all;
}

const query = (id: number, name: string): Buffer =>
  packet.encode({ type: 'query', id, flags: packet.RECURSION_DESIRED, questions: [{ name, type: 'A' }] });

test('1,000 clients, one uncached name: one question upstream, an answer for each', async () => {
  const upstream = await slowUpstream(60);
  const all = await clients(await serve(upstream.port), 1000);
  const answers = await Promise.all(all.map((client, id) => client.ask(query(id, 'herd.example.test'))));
  expect(answers.every((answer) => packet.decode(Buffer.from(answer)).answers!.length === 1)).toBe(true);
  expect(upstream.asked('herd.example.test')).toBe(1);
});

test('a popular name with a TTL of 10 s, asked for a minute: nobody waits after the first', { timeout: 120_000 }, async () => {
  const upstream = await slowUpstream(10);
  const [client] = await clients(await serve(upstream.port), 1);
  await client!.ask(query(1, 'popular.example.test'));
  const waits: number[] = [];
  for (let id = 2, end = performance.now() + 60_000; performance.now() < end; id++) {
    const start = performance.now();
    await client!.ask(query(id & 0xffff, 'popular.example.test'));
    waits.push(performance.now() - start);
    await wait(10);
  }
  const slow = waits.filter((ms) => ms >= UPSTREAM * 0.8);
  process.stdout.write(
    `${waits.length} answers, worst ${Math.max(...waits).toFixed(1)} ms, ${upstream.asked('popular.example.test')} questions upstream\n`,
  );
  expect(slow).toEqual([]);
  // One upstream query per TTL, a little before the entry expires.
  expect(upstream.asked('popular.example.test')).toBeGreaterThanOrEqual(6);
  expect(upstream.asked('popular.example.test')).toBeLessThanOrEqual(8);
});
