/** The fake API server of a large cluster, in a process started by cluster.ts, which also sends it commands to change slices. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubernetesObject } from '../../fakes/api-server/history.ts';
import { startFakeApiServer } from '../../fakes/api-server/server.ts';
import { largeCluster } from '../../fakes/cluster.ts';
import { told } from '../told.ts';
import { queryOf, verdictOf } from '../load/questions.ts';
import { changed, headlessOf, type ClusterCommand, type ClusterOptions, type ClusterReply } from './cluster.ts';

const reply = (message: ClusterReply): void => void process.send?.(message);

// The parent process has ended.
process.on('disconnect', () => process.exit());

const options = (await told()) as ClusterOptions;
const api = await startFakeApiServer(largeCluster(options), { port: options.port, version: options.version });
// A client with an older version gets 410 and has to list again.
api.compact();
const slices = new Map(api.objects('EndpointSlice').map((slice) => [slice.metadata.labels!['kubernetes.io/service-name']!, slice]));
const headless = headlessOf(options);

/** Changes one slice after the other, `rate` per second, and awaits `after` for each. Rounds alternate between the two sets of addresses. */
async function change(count: number, rate: number, after: (service: number, round: number) => Promise<void>): Promise<void> {
  const began = performance.now();
  for (let index = 0; index < count && changing; index++) {
    const due = began + (index * 1000) / rate - performance.now();
    if (due > 1) await wait(due);
    const service = headless[index % headless.length]!;
    const round = Math.floor(index / headless.length);
    api.put(changed(slices.get(`svc-${service}`) as KubernetesObject, round % 2 === 0));
    await after(service, round);
  }
}

/** Repeats a query until the answer is `right`; resolves to the time that took, ms. */
async function untilAnswered(socket: Socket, query: Buffer, right: string): Promise<number> {
  const began = performance.now();
  for (;;) {
    socket.send(query);
    const [response] = (await once(socket, 'message')) as [Buffer];
    if (verdictOf(response) === right) return performance.now() - began;
  }
}

async function measure(port: number, count: number, rate: number): Promise<number[]> {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const latencies: number[] = [];
  await change(count, rate, async (service, round) => {
    const { name, type, right } = options.questions.find((question) => question.name.startsWith(`svc-${service}.`))!;
    latencies.push(await untilAnswered(socket, queryOf({ name, type, right }), right[round % 2 === 0 ? 1 : 0]!));
  });
  socket.close();
  return latencies;
}

let changing = true;
process.on('message', (command: ClusterCommand) => {
  changing = command.kind !== 'rest';
  if (command.kind === 'change') void change(Infinity, command.rate, () => Promise.resolve()).then(() => reply({ kind: 'rested' }));
  if (command.kind === 'measure')
    void measure(command.port, command.count, command.rate).then((latencies) => reply({ kind: 'measured', latencies }));
});
await api.kubeconfig(options.kubeconfig);
reply({ kind: 'listening', port: api.port });
