/** A large cluster behind a fake API server that can be killed and restarted, and the expected answers for its names. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { KubernetesObject } from '../../fakes/api-server/history.ts';
import { largeCluster, type ClusterSize } from '../../fakes/cluster.ts';
import { addresses, type LoadQuestion } from '../load/questions.ts';

export interface ClusterOptions extends ClusterSize {
  /** Port to listen on; 0 for any. */
  readonly port: number;
  /** resourceVersion to start with; a higher one than before makes every client list again. */
  readonly version: number;
  /** Path to write the kubeconfig to. */
  readonly kubeconfig: string;
  readonly questions: readonly LoadQuestion[];
}

export type ClusterCommand =
  /** Makes `rate` changes per second until `rest`. */
  | { readonly kind: 'change'; readonly rate: number }
  /** Measures the time from each change to the answer of the server on `port`. */
  | { readonly kind: 'measure'; readonly port: number; readonly count: number; readonly rate: number }
  | { readonly kind: 'rest' };

export type ClusterReply =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'measured'; readonly latencies: readonly number[] }
  | { readonly kind: 'rested' };

const HEADLESS_EVERY = 10;
const NAMESPACES = 100;

export class LargeCluster {
  readonly questions: readonly LoadQuestion[];
  readonly #size: ClusterSize;
  readonly #kubeconfig: string;
  #port = 0;
  #starts = 0;
  #child: ChildProcess | undefined;

  constructor(size: Pick<ClusterSize, 'services' | 'endpoints'>, kubeconfig: string) {
    this.#size = { ...size, headlessEvery: HEADLESS_EVERY, namespaces: NAMESPACES };
    this.#kubeconfig = kubeconfig;
    this.questions = questionsOf(this.#size);
  }

  /** Resolves once it listens; every restart uses the port of the first start. */
  async start(): Promise<void> {
    const child = fork(fileURLToPath(new URL('./process.ts', import.meta.url)), { stdio: 'inherit' });
    await once(child, 'spawn');
    this.#child = child;
    const options: ClusterOptions = {
      ...this.#size,
      port: this.#port,
      version: ++this.#starts * 1_000_000,
      kubeconfig: this.#kubeconfig,
      questions: this.questions,
    };
    child.send(options);
    const reply = await this.#reply();
    if (reply.kind === 'listening') this.#port = reply.port;
  }

  /** Kills the API server, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Starts to change slices of headless Services back and forth between two sets of addresses. */
  change(rate: number): void {
    this.#child!.send({ kind: 'change', rate } satisfies ClusterCommand);
  }

  async rest(): Promise<void> {
    this.#child!.send({ kind: 'rest' } satisfies ClusterCommand);
    await this.#reply();
  }

  /** Resolves to the times from each change to its first answer, ms, sorted. */
  async measure(port: number, count: number, rate: number): Promise<readonly number[]> {
    this.#child!.send({ kind: 'measure', port, count, rate } satisfies ClusterCommand);
    const reply = await this.#reply();
    return reply.kind === 'measured' ? [...reply.latencies].sort((a, b) => a - b) : [];
  }

  async #reply(): Promise<ClusterReply> {
    const [reply] = (await once(this.#child!, 'message')) as [ClusterReply];
    return reply;
  }
}

/** The numbers of the Services whose slices change: every second headless one. */
export function headlessOf({ services }: ClusterSize): number[] {
  return Array.from({ length: Math.ceil(services / HEADLESS_EVERY / 2) }, (_, index) => index * HEADLESS_EVERY * 2);
}

/** Returns the slice with another first address when `away`, or else as it was. */
export function changed(slice: KubernetesObject, away: boolean): KubernetesObject {
  if (!away) return slice;
  const [first, ...others] = slice.endpoints as { addresses: string[] }[];
  return { ...slice, endpoints: [{ ...first, addresses: [moved(first!.addresses[0]!)] }, ...others] };
}

function moved(address: string): string {
  return address.replace(/^10\./, '12.');
}

/** The A question for each Service; the right answers are its address, or those of its endpoints before and after a change. */
function questionsOf(size: ClusterSize): LoadQuestion[] {
  const services = new Map<string, readonly string[]>();
  const endpoints = new Map<string, readonly string[]>();
  for (const { kind, metadata, ...fields } of largeCluster({ ...size, managedFields: false })) {
    const { spec, endpoints: found } = fields as unknown as { spec?: { clusterIP?: string }; endpoints?: { addresses: string[] }[] };
    if (kind === 'Service') services.set(`${metadata.name}.${metadata.namespace!}`, [spec!.clusterIP!]);
    if (kind !== 'EndpointSlice') continue;
    const service = `${metadata.labels!['kubernetes.io/service-name']!}.${metadata.namespace!}`;
    endpoints.set(service, [...(endpoints.get(service) ?? []), ...found!.flatMap((endpoint) => endpoint.addresses)]);
  }
  return [...services].map(([service, [address]]) => {
    const now = address === 'None' ? endpoints.get(service)! : [address!];
    const right = address === 'None' ? [addresses(...now), addresses(moved(now[0]!), ...now.slice(1))] : [addresses(...now)];
    return { name: `${service}.svc.cluster.local`, type: 'A', right };
  });
}
