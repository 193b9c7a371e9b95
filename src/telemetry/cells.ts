/** Where each count lies: the one table that names the cells of a thread's block. metrics.ts says what is shown of them. */
import { durationBounds, programmingBounds, sizeBounds } from './buckets.ts';
import { sizeOf, type Dimension } from './dimensions.ts';

interface CellSpec {
  readonly by: readonly Dimension[];
  /** A histogram: a cell for each bucket, one for what is above all bounds, one for the sum. */
  readonly bounds?: readonly number[];
}

const specs = {
  // Answering
  requests: { by: ['proto', 'family', 'zone', 'type'] },
  responses: { by: ['proto', 'zone', 'source', 'rcode'] },
  durations: { by: ['proto', 'zone', 'source'], bounds: durationBounds },
  requestSizes: { by: ['proto', 'zone'], bounds: sizeBounds },
  responseSizes: { by: ['proto', 'zone'], bounds: sizeBounds },
  dnssecOk: { by: ['zone'] },
  truncated: { by: ['proto'] },
  dropped: { by: [] },
  failures: { by: [] },
  // Sockets
  received: { by: ['proto'] },
  sent: { by: ['proto'] },
  batches: { by: ['proto'] },
  oversized: { by: ['proto'] },
  kernelDrops: { by: ['proto'] },
  receiveBuffer: { by: ['proto'] },
  callFailures: { by: ['proto', 'errorCode'] },
  lostAnswers: { by: ['proto'] },
  connectionsOpen: { by: ['proto'] },
  connectionsOpened: { by: ['proto'] },
  connectionsClosed: { by: ['proto', 'closeReason'] },
  connectionsRefused: { by: ['proto', 'closeReason'] },
  certificateReloads: { by: ['proto', 'result'] },
  // The cache, and upstreams
  cacheHits: { by: ['cacheHit'] },
  cacheMisses: { by: [] },
  cacheEvictions: { by: ['cacheEntry'] },
  cacheEntries: { by: ['cacheEntry'] },
  cacheBytes: { by: [] },
  cachePrefetches: { by: [] },
  cacheCoalesced: { by: [] },
  cacheRefreshFailures: { by: [] },
  upstreamQueries: { by: ['upstream'] },
  upstreamDurations: { by: ['upstream', 'rcode'], bounds: durationBounds },
  upstreamFailures: { by: ['upstream', 'cause'] },
  upstreamHedged: { by: ['upstream'] },
  upstreamDropped: { by: ['upstream'] },
  upstreamState: { by: ['upstream', 'upstreamState'] },
  upstreamRtt: { by: ['upstream'] },
  upstreamRejected: { by: [] },
  // Policies
  aclDecisions: { by: ['aclAction'] },
  forwardRefused: { by: [] },
  rateLimited: { by: ['limitKind', 'judgement'] },
  clientOverRate: { by: [] },
  clientOverShare: { by: [] },
  cookies: { by: ['cookie'] },
  // The zone, and where it comes from
  clusterUpdates: { by: [] },
  serviceChanges: { by: ['change'] },
  leftOut: { by: [] },
  programming: { by: ['serviceKind'], bounds: programmingBounds },
  lists: { by: ['resource', 'listMethod'] },
  relists: { by: ['resource', 'relistCause'] },
  listSeconds: { by: ['resource'] },
  watches: { by: ['resource'] },
  events: { by: ['resource', 'event'] },
  sourceErrors: { by: ['resource', 'failureReason'] },
  audits: { by: ['resource'] },
  auditDifferences: { by: ['resource'] },
  octetsReceived: { by: ['resource'] },
  // The query log
  logged: { by: [] },
  logDropped: { by: [] },
  // Threads
  heapUsed: { by: [] },
  heapTotal: { by: [] },
  loopActive: { by: [] },
  loopIdle: { by: [] },
  loopDelay: { by: [] },
  cpu: { by: [] },
  collections: { by: [] },
  collectionSeconds: { by: [] },
  // The process
  reloads: { by: ['result'] },
  logLines: { by: ['level'] },
  logSuppressed: { by: [] },
} as const satisfies Readonly<Record<string, CellSpec>>;

export type CellName = keyof typeof specs;

export interface CellGroup extends CellSpec {
  /** Index of its first cell in a block. */
  readonly start: number;
  /** Cells of one set of labels: 1, or those of a histogram. */
  readonly width: number;
  /** How many sets of labels there are. */
  readonly sets: number;
}

let next = 0;

function layOut(spec: CellSpec): CellGroup {
  const width = spec.bounds === undefined ? 1 : spec.bounds.length + 2;
  const sets = spec.by.reduce((product, dimension) => product * sizeOf(dimension), 1);
  const start = next;
  next += sets * width;
  return { ...spec, start, width, sets };
}

export const cells: Readonly<Record<CellName, CellGroup>> = Object.fromEntries(
  Object.entries(specs).map(([name, spec]) => [name, layOut(spec)]),
) as Record<CellName, CellGroup>;

/** Cells of one block. */
export const CELLS: number = next;

/** The first cell of `name` under the given index of each of its dimensions, in their order. */
export function cellOf(name: CellName, ...indexes: readonly number[]): number {
  const { start, by, width } = cells[name];
  let set = 0;
  for (let i = 0; i < by.length; i++) set = set * sizeOf(by[i]!) + indexes[i]!;
  return start + set * width;
}
