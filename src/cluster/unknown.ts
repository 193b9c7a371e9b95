/** Of which names nothing may be said, as updates and snapshots tell it. */
import type { Branch } from './model.ts';
import type { ClusterUpdate } from './update.ts';

/** The fields are left out where all is known. `pods`: of no Pod anything is. */
export function unknowns(pods: boolean | undefined, branches: readonly Branch[] = []): Pick<ClusterUpdate, 'podsUnknown' | 'unknown'> {
  return { ...(pods === true && { podsUnknown: true }), ...(branches.length > 0 && { unknown: branches }) };
}

/** Both in one order. */
export function sameBranches(some: readonly Branch[], others: readonly Branch[]): boolean {
  return some.join() === others.join();
}
