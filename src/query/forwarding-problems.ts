/** The check of the forwarding options, in a file of its own: the thread that checks options does not forward, and need not load what does. */
import { authoritiesProblem } from '../upstream/authorities.ts';
import type { ForwardingOptions } from './make-forward.ts';

/** Returns the problems with files that the forwarding options name. */
export function forwardingProblems({
  upstreamCa,
}: Pick<ForwardingOptions, 'upstreamCa'>): readonly { readonly option: string; readonly problem: string }[] {
  const problem = upstreamCa && authoritiesProblem(upstreamCa);
  return problem ? [{ option: 'upstream-ca', problem: `${JSON.stringify(upstreamCa)} ${problem}` }] : [];
}
