/** Sends a steady load from a process started by load.ts, which sends it the options and receives the result. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createHistogram } from 'node:perf_hooks';
import { told } from '../told.ts';
import type { LoadOptions, LoadResult } from './load.ts';
import { queryOf, verdictOf, type LoadQuestion } from './questions.ts';

/** Interval between groups of queries, ms: the steadiest that a timer achieves. */
const TICK = 2;
/** A query without an answer after this time is lost, ms: long enough for a busy machine, as the worst latency is reported anyway. */
const PATIENCE = 20_000;
/**
 * What was due during a longer pause of this process is not sent, ms: sent at once it would be a flood, whose answers come late, and whose ids are used
 * again while they are awaited.
 */
const CATCH_UP = 50;
/** Maximum number of failures described in full. */
const EXAMPLES = 10;

interface Prepared {
  readonly question: LoadQuestion;
  readonly query: Buffer;
  readonly right: ReadonlySet<string>;
}
interface Outstanding {
  readonly prepared: Prepared;
  readonly at: number;
}

async function run({ host, port, from, rate, clients, questions }: LoadOptions, stopped: Promise<unknown>): Promise<LoadResult> {
  const latency = createHistogram();
  const result = { sent: 0, answered: 0, wrong: 0, lost: 0, examples: [] as string[] };
  const example = (text: string): void => {
    if (result.examples.length < EXAMPLES) result.examples.push(`${new Date().toISOString()} ${text}`);
  };
  const prepared = questions.map((question): Prepared => ({ question, query: queryOf(question), right: new Set(question.right) }));

  const outstanding: Map<number, Outstanding>[] = [];
  const sockets = await Promise.all(Array.from({ length: clients }, () => open(host, port, from)));
  sockets.forEach((socket, index) => {
    const waiting = new Map<number, Outstanding>();
    outstanding.push(waiting);
    socket.on('error', (error) => example(`socket ${index}: ${error.message}`));
    socket.on('message', (response) => {
      const id = response.readUInt16BE(0);
      const asked = waiting.get(id);
      if (asked === undefined) return;
      waiting.delete(id);
      latency.record(Math.max(1, Math.round((performance.now() - asked.at) * 1000)));
      result.answered++;
      const said = verdictOf(response);
      if (asked.prepared.right.has(said)) return;
      result.wrong++;
      example(`${asked.prepared.question.name} ${asked.prepared.question.type}: ${said}`);
    });
  });

  const began = performance.now();
  let last = began;
  let due = 0;
  const send = (): void => {
    const now = performance.now();
    due += (Math.min(now - last, CATCH_UP) * rate) / 1000;
    last = now;
    for (; result.sent < due; result.sent++) {
      const client = result.sent % clients;
      // A client reuses an id only after 65,536 queries.
      const id = Math.floor(result.sent / clients) & 0xffff;
      const next = prepared[result.sent % prepared.length]!;
      const query = Buffer.from(next.query);
      query.writeUInt16BE(id, 0);
      outstanding[client]!.set(id, { prepared: next, at: now });
      sockets[client]!.send(query);
    }
  };
  const giveUp = (before: number): void => {
    for (const waiting of outstanding)
      for (const [
        id,
        {
          at,
          prepared: { question },
        },
      ] of waiting) {
        if (at > before) break;
        waiting.delete(id);
        result.lost++;
        example(`${question.name} ${question.type}: lost, asked ${Math.round(at - began)} ms after the start`);
      }
  };
  const sending = setInterval(send, TICK);
  const checking = setInterval(() => giveUp(performance.now() - PATIENCE), 1000);
  await stopped;
  clearInterval(sending);
  const seconds = (performance.now() - began) / 1000;
  for (const end = performance.now() + PATIENCE; performance.now() < end && outstanding.some(({ size }) => size > 0);)
    await new Promise((resolve) => setTimeout(resolve, 20));
  clearInterval(checking);
  giveUp(Infinity);
  for (const socket of sockets) socket.close();
  const at = (share: number): number => latency.percentile(share) / 1000;
  return { ...result, seconds, p50: at(50), p99: at(99), worst: latency.max / 1000 };
}

async function open(host: string, port: number, from: string | undefined): Promise<Socket> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 });
  if (from !== undefined) await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  socket.connect(port, host);
  await once(socket, 'connect');
  return socket;
}

// The parent process has ended, or the result has been sent.
process.on('disconnect', () => process.exit());

const options = (await told()) as LoadOptions;
const result = await run(options, told());
process.send?.(result, () => process.disconnect?.());
