/** What a policy does with a name or an address, after the response policy zones that BIND introduced. */

export const Action = {
  nxdomain: 0,
  nodata: 1,
  /** Answered as if there were no policy, whatever later lists say. */
  passthru: 2,
  drop: 3,
  /** Truncated over UDP; over a stream answered as if there were no policy. */
  tcpOnly: 4,
  /** The records of the policy instead. */
  local: 5,
  refuse: 6,
  /** 0.0.0.0 and ::, which connect to nothing. */
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
