/** The fields of updates and snapshots that list the names of which nothing is known. */
import type { Branch } from './model.ts';
import type { ClusterUpdate } from './update.ts';

/** Returns the fields, without those where everything is known. `pods`: whether nothing is known of any Pod. */
export function unknowns(pods: boolean | undefined, branches: readonly Branch[] = []): Pick<ClusterUpdate, 'podsUnknown' | 'unknown'> {
  return { ...(pods === true && { podsUnknown: true }), ...(branches.length > 0 && { unknown: branches }) };
}

/** Both must be sorted. */
export function sameBranches(some: readonly Branch[], others: readonly Branch[]): boolean {
  return some.join() === others.join();
}
