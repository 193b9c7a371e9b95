/** The table of all counters and the layout of their cells in a thread's block; metrics.ts says how they are exported. */
import { durationBounds, programmingBounds, requestBounds, sizeBounds } from './buckets.ts';
import { sizeOf, type Dimension } from './dimensions.ts';

interface CellSpec {
  readonly by: readonly Dimension[];
  /** A histogram with these bounds: one cell per bucket, one for values above all bounds, one for the sum. */
  readonly histogram?: keyof typeof histograms;
}

const histograms = { duration: durationBounds, size: sizeBounds, programming: programmingBounds, request: requestBounds };

const specs = {
  // Answering
  requests: { by: ['proto', 'family', 'zone', 'type'] },
  responses: { by: ['proto', 'zone', 'source', 'rcode'] },
  durations: { by: ['proto', 'zone', 'source'], histogram: 'duration' },
  requestSizes: { by: ['proto', 'zone'], histogram: 'size' },
  responseSizes: { by: ['proto', 'zone'], histogram: 'size' },
  dnssecOk: { by: ['zone'] },
  truncated: { by: ['proto'] },
  dropped: { by: [] },
  failures: { by: [] },
  repeated: { by: [] },
  // Sockets
  received: { by: ['proto'] },
  sent: { by: ['proto'] },
  batches: { by: ['proto'] },
  oversized: { by: ['proto'] },
  kernelDrops: { by: ['proto'] },
  clientDrops: { by: ['proto'] },
  receiveBuffer: { by: ['proto'] },
  callFailures: { by: ['proto', 'errorCode'] },
  lostAnswers: { by: ['proto'] },
  connectionsOpen: { by: ['proto'] },
  connectionsOpened: { by: ['proto'] },
  connectionsClosed: { by: ['proto', 'closeReason'] },
  connectionsRefused: { by: ['proto', 'closeReason'] },
  certificateReloads: { by: ['proto', 'result'] },
  certificateUnusable: { by: [] },
  certificateNotBefore: { by: [] },
  certificateNotAfter: { by: [] },
  // The cache, and upstreams
  cacheRequests: { by: [] },
  cacheHits: { by: ['cacheHit'] },
  cacheMisses: { by: [] },
  cacheEvictions: { by: ['cacheEntry'] },
  cacheEntries: { by: ['cacheEntry'] },
  cacheBytes: { by: [] },
  cachePrefetches: { by: [] },
  cacheCoalesced: { by: [] },
  cacheRefreshFailures: { by: [] },
  upstreamQueries: { by: ['upstream'] },
  upstreamDurations: { by: ['upstream', 'rcode'], histogram: 'duration' },
  upstreamFailures: { by: ['upstream', 'cause'] },
  upstreamAsked: { by: ['upstream', 'connectionUse'] },
  upstreamHedged: { by: ['upstream'] },
  upstreamDropped: { by: ['upstream'] },
  upstreamState: { by: ['upstream', 'upstreamState'] },
  upstreamRtt: { by: ['upstream'] },
  upstreamRejected: { by: [] },
  upstreamDowns: { by: ['upstream'] },
  upstreamNoneUp: { by: [] },
  // Policies
  autopathAnswers: { by: [] },
  aclDecisions: { by: ['aclAction'] },
  forwardRefused: { by: [] },
  rateLimited: { by: ['limitKind', 'judgement'] },
  clientOverRate: { by: [] },
  clientOverShare: { by: [] },
  cookies: { by: ['cookie'] },
  hiddenNames: { by: [] },
  rebindRefused: { by: [] },
  filterMatches: { by: ['list', 'filterAction'] },
  alerts: { by: ['alertKind'] },
  // Hosts files
  hostsRecords: { by: ['hostsFile'] },
  hostsRead: { by: [] },
  // The zone, and where it comes from
  clusterUpdates: { by: [] },
  serviceChanges: { by: ['change'] },
  leftOut: { by: [] },
  snapshotWrites: { by: ['result'] },
  programming: { by: ['serviceKind'], histogram: 'programming' },
  lists: { by: ['resource', 'listMethod'] },
  relists: { by: ['resource', 'relistCause'] },
  listSeconds: { by: ['resource'] },
  watches: { by: ['resource'] },
  events: { by: ['resource', 'event'] },
  sourceErrors: { by: ['resource', 'failureReason'] },
  audits: { by: ['resource'] },
  auditDifferences: { by: ['resource'] },
  octetsReceived: { by: ['resource'] },
  apiRequests: { by: ['apiHost', 'httpStatus'] },
  apiDurations: { by: ['apiHost'], histogram: 'request' },
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
  logLost: { by: [] },
} as const;

export type CellName = keyof typeof specs;

export interface CellGroup {
  readonly by: readonly Dimension[];
  readonly bounds: readonly number[] | undefined;
  /** Index of the first cell in a block. */
  readonly start: number;
  /** Cells per set of label values: 1, or those of a histogram. */
  readonly width: number;
  /** Number of sets of label values. */
  readonly sets: number;
}

let next = 0;

function layOut(spec: CellSpec): CellGroup {
  const { by } = spec;
  const bounds = spec.histogram && histograms[spec.histogram];
  const width = bounds === undefined ? 1 : bounds.length + 2;
  const sets = by.reduce((product, dimension) => product * sizeOf(dimension), 1);
  const start = next;
  next += sets * width;
  return { by, bounds, start, width, sets };
}

export const cells: Readonly<Record<CellName, CellGroup>> = Object.fromEntries(
  Object.entries(specs).map(([name, spec]) => [name, layOut(spec)]),
) as Record<CellName, CellGroup>;

/** Number of cells in a block. */
export const CELLS: number = next;

/** Returns the first cell of `name` for one index per dimension, in the order of the table. */
export function cellOf(name: CellName, ...indexes: readonly number[]): number {
  const { start, by, width } = cells[name];
  if (indexes.length !== by.length)
    throw new TypeError(`${name} is counted by ${by.join(', ') || 'nothing'}, not by ${indexes.length} indexes`);
  let set = 0;
  for (let i = 0; i < by.length; i++) set = set * sizeOf(by[i]!) + indexes[i]!;
  return start + set * width;
}
