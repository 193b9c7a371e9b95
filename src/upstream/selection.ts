/** The order in which the upstreams of a zone are asked. */
import type { Random } from '../clock.ts';
import type { Upstream } from './upstream.ts';

/** Returns the upstreams in the order to ask them. `turn` counts the questions of the zone. */
export type Selection = (
  upstreams: readonly Upstream[],
  context: { readonly now: number; readonly turn: number; readonly random: Random },
) => readonly Upstream[];

export type Policy = 'fastest' | 'round-robin' | 'random' | 'sequential';

export const policies: Readonly<Record<Policy, Selection>> = {
  fastest: (upstreams, { now }) => upstreams.toSorted((a, b) => a.roundTrip.estimate(now) - b.roundTrip.estimate(now)),
  'round-robin': (upstreams, { turn }) => rotated(upstreams, turn % upstreams.length),
  random: (upstreams, { random }) => rotated(upstreams, Math.floor(random() * upstreams.length)),
  sequential: (upstreams) => upstreams,
};

function rotated(upstreams: readonly Upstream[], by: number): readonly Upstream[] {
  return [...upstreams.slice(by), ...upstreams.slice(0, by)];
}
