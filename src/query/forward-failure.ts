/** The answer when no upstream has one: SERVFAIL, with the reason as an extended error (RFC 8914). */
import type { Cause } from '../upstream/exchange.ts';
import type { Failure } from '../upstream/upstream.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode } from '../wire/iana.ts';

/** Characters: the text has to fit into a UDP response with the question. */
const MAX_TEXT = 200;

export function failedAnswer(failures: readonly Failure[]): Answer {
  if (failures.length === 0) return NOBODY;
  // A truncated answer, if no upstream gave a whole one: the part that fits is better than SERVFAIL.
  const lastResort = failures.find(({ problem }) => problem?.lastResort !== undefined)?.problem?.lastResort;
  if (lastResort !== undefined) return lastResort;
  const told = failures.find(({ problem }) => problem?.extendedError !== undefined)?.problem?.extendedError;
  return emptyAnswer(Rcode.SERVFAIL, Source.forward, told ?? { code: codeOf(failures), text: describe(failures) });
}

const NOBODY = emptyAnswer(Rcode.SERVFAIL, Source.forward, {
  code: ExtendedError.NO_REACHABLE_AUTHORITY,
  text: 'no upstream to ask: none is configured, or all lead back to this server',
});

const SILENT: ReadonlySet<Cause> = new Set<Cause>(['timeout', 'unreachable', 'refused']);
const INVALID: ReadonlySet<Cause> = new Set<Cause>(['malformed', 'mismatch', 'cname-loop', 'truncated']);

function codeOf(failures: readonly Failure[]): number {
  if (failures.every(({ cause }) => SILENT.has(cause))) return ExtendedError.NO_REACHABLE_AUTHORITY;
  return failures.every(({ cause }) => INVALID.has(cause)) ? ExtendedError.INVALID_DATA : ExtendedError.NETWORK_ERROR;
}

/** Returns each upstream once, with its last failure. */
function describe(failures: readonly Failure[]): string {
  const last = new Map(
    failures.map(({ upstream, cause, text }) => [upstream.url, `${upstream.url}: ${cause === 'servfail' ? 'SERVFAIL' : text}`]),
  );
  return [...last.values()].join('; ').slice(0, MAX_TEXT);
}
