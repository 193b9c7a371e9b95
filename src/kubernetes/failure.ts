/** What can go wrong between a reflector and an API server, classified by what the reflector does about it. */
import type { Fields } from './fields.ts';
import { reflectedText } from './reflected.ts';

/**
 * `expired`: 410, the version or continue token was compacted · `ahead`: the version is newer than the server's (ResourceVersionTooLarge) ·
 * `rejected`: another 4xx · `unauthorized`: 401 · `forbidden`: 403 · `missing`: 404, the resource is not installed · `busy`: 429 · `server`: 5xx or
 * 408 · `unreachable`: no answer at all · `untrusted`: the server's certificate is invalid or not from a trusted CA · `cut`: the connection ended in
 * mid-response · `idle`: the connection is open but silent · `malformed`: neither JSON nor protobuf, or not what the protocol has · `brief`: a watch ended at once
 * without an event · `backwards`: the server is at a version older than what is held · `suspect`: a list too short or too old to accept at once ·
 * `audit`: the server's objects differ from what is held.
 */
export type FailureReason =
  | 'expired'
  | 'ahead'
  | 'rejected'
  | 'unauthorized'
  | 'forbidden'
  | 'missing'
  | 'busy'
  | 'server'
  | 'unreachable'
  | 'untrusted'
  | 'cut'
  | 'idle'
  | 'malformed'
  | 'brief'
  | 'backwards'
  | 'suspect'
  | 'audit';

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly reason: FailureReason;
  /** Seconds the server asks to wait; 0 when it does not. */
  readonly retryAfter: number;

  constructor(reason: FailureReason, message: string, retryAfter = 0) {
    super(message);
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

/** The request, for messages and for the RBAC rule that a role lacks. */
export interface Request {
  readonly verb: 'list' | 'watch';
  /** '' for the core group. */
  readonly group: string;
  /** Plural. */
  readonly resource: string;
  /** '' for the whole cluster. */
  readonly namespace: string;
}

/** From a response's status, Retry-After header (seconds) and body: a Status object, or what a proxy sent as its message. */
export function failureOfResponse(request: Request, status: number, retryAfter: number, body: Fields): Failure {
  return failureOfStatus(request, body.message === '' ? { ...body, message: `HTTP ${status}` } : body, status, retryAfter);
}

/** From a Status object, of an ERROR event or of a response. */
export function failureOfStatus(request: Request, status: Fields, code: number = Number(status.code), retryAfter = 0): Failure {
  const details = (status.details ?? {}) as { retryAfterSeconds?: unknown; causes?: unknown };
  const causes = Array.isArray(details.causes) ? (details.causes as ({ reason?: unknown } | null)[]) : [];
  const says = typeof status.message === 'string' ? status.message : `code ${code}`;
  const wait = retryAfter || Number(details.retryAfterSeconds) || 0;
  if (causes.some((cause) => cause?.reason === 'ResourceVersionTooLarge')) return new Failure('ahead', `${asked(request)}: ${says}`, wait);
  const reason = reasonOf(code, status.reason);
  return new Failure(reason, message(request, reason, says), wait);
}

/** From an error that a socket or a TLS handshake throws. */
export function failureOfError(request: Request, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { code = '', message: says } = error as NodeJS.ErrnoException;
  if (UNTRUSTED.test(code)) return new Failure('untrusted', untrusted(request, says));
  const cut = CUT.has(code);
  return new Failure(cut ? 'cut' : 'unreachable', `${asked(request)}: ${cut ? 'the connection ended in the middle: ' : ''}${says || code}`);
}

/** Of Node's codes, only `UNABLE_TO_VERIFY_LEAF_SIGNATURE` does not contain CERT. */
const UNTRUSTED = /CERT|LEAF_SIGNATURE/;

/** Drops Node's own advice, which is about the system's CAs. */
function untrusted(request: Request, says: string): string {
  return `${asked(request)}: the API server's certificate is not trusted: ${says.replace(/; if the root CA.*$/, '')}; the CA is read again and tried again`;
}

const CUT: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ETIMEDOUT', 'Z_BUF_ERROR', 'Z_DATA_ERROR']);

const REASONS: Readonly<Record<number, FailureReason>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'missing',
  408: 'server',
  410: 'expired',
  429: 'busy',
};

function reasonOf(code: number, reason: unknown): FailureReason {
  if (reason === 'Expired' || reason === 'Gone') return 'expired';
  return REASONS[code] ?? (code >= 400 && code < 500 ? 'rejected' : 'server');
}

function message(request: Request, reason: FailureReason, says: string): string {
  const { verb, group, resource, namespace } = request;
  if (reason === 'forbidden') {
    const role = namespace === '' ? 'its ClusterRole' : `its Role in namespace ${namespace}`;
    return `may not ${verb} ${resource}: add to ${role} the rule apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["list", "watch"] (the API server says: ${says})`;
  }
  if (reason === 'unauthorized')
    return `${asked(request)}: the credentials are refused (401); they are read again and tried again (${says})`;
  if (reason === 'missing')
    return `${asked(request)}: not installed here (404): the API server does not know ${resource}${group && `.${group}`} (${says})`;
  return `${asked(request)}: ${says}`;
}

export function asked({ verb, resource, namespace }: Request): string {
  return `${verb} ${reflectedText({ name: resource, namespace })}`;
}
