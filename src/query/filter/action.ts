/** What a policy does with a name or an address; most actions are those of BIND's response policy zones (RPZ). */

export const Action = {
  nxdomain: 0,
  nodata: 1,
  /** Answered as if there were no policy, whatever later lists say. */
  passthru: 2,
  drop: 3,
  /** Truncated over UDP; answered over a stream as if there were no policy. */
  tcpOnly: 4,
  /** Answered with the policy's own records. */
  local: 5,
  refuse: 6,
  /** Answered with 0.0.0.0 and ::, which connect to nothing. */
  null: 7,
} as const;
export type Action = (typeof Action)[keyof typeof Action];

export const actionNames: readonly (keyof typeof Action)[] = [
  'nxdomain',
  'nodata',
  'passthru',
  'drop',
  'tcpOnly',
  'local',
  'refuse',
  'null',
];
