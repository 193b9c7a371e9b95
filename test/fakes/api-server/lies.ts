/** The ways in which the fake API server misbehaves on command. */

export type Lie =
  /** Watches stay open but send nothing more; only a watch begun after `honest()` sees the changes made meanwhile. */
  | { readonly kind: 'stall' }
  /** As `stall`, and new requests are never answered either. */
  | { readonly kind: 'half-open' }
  /** The next `times` events are cut off in the middle, and the connection is reset. */
  | { readonly kind: 'reset'; readonly times: number }
  /** The next `times` lists are cut off in the middle, and the connection is reset. */
  | { readonly kind: 'reset-list'; readonly times: number }
  /** The next `times` changes are sent to no running watch. */
  | { readonly kind: 'gap'; readonly times: number }
  /** The next `times` changes are sent twice, and once more after the following change. */
  | { readonly kind: 'repeat'; readonly times: number }
  /** The next change is sent after the one that follows it. */
  | { readonly kind: 'reorder' }
  /** The next `times` watches and continued lists are answered 410, over HTTP or as an ERROR event. */
  | { readonly kind: 'gone'; readonly times: number; readonly how: 'http' | 'event' }
  /** The next `times` requests are answered with this status. `retryAfter` is in seconds. */
  | { readonly kind: 'status'; readonly code: number; readonly times: number; readonly retryAfter?: number }
  /** The next `times` lists are empty. */
  | { readonly kind: 'empty'; readonly times: number }
  /** The next `times` lists have a third of the objects. */
  | { readonly kind: 'shrunken'; readonly times: number }
  /** Each list is delayed by `ms`. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The next `times` events are not JSON. */
  | { readonly kind: 'garbage'; readonly times: number }
  /** The next `times` watches end at once. */
  | { readonly kind: 'brief'; readonly times: number }
  /** From now on streaming lists lack the bookmark that ends them. */
  | { readonly kind: 'endless' }
  /** From now on streaming lists are refused. */
  | { readonly kind: 'no-streaming' }
  /** From now on only this token is accepted; running watches end. */
  | { readonly kind: 'rotate'; readonly token: string }
  /** From now on the user may not list or watch this resource (plural), in one namespace or in all. */
  | { readonly kind: 'forbid'; readonly resource: string; readonly namespace?: string }
  /** This resource (plural) is not installed. */
  | { readonly kind: 'absent'; readonly resource: string }
  /** Every open connection is closed, as when the server restarts. */
  | { readonly kind: 'restart' };

/** The lies in force; those with `times` count down in `left`. */
export interface Lies {
  stalled: boolean;
  halfOpen: boolean;
  endless: boolean;
  streaming: boolean;
  token: string;
  listDelay: number;
  reordering: boolean;
  readonly forbidden: Set<string>;
  readonly absent: Set<string>;
  readonly left: Record<Counted, number>;
  how: 'http' | 'event';
  code: number;
  retryAfter: number;
}

export type Counted = 'reset' | 'reset-list' | 'gap' | 'repeat' | 'gone' | 'status' | 'empty' | 'shrunken' | 'garbage' | 'brief';

export function noLies(token: string): Lies {
  return {
    stalled: false,
    halfOpen: false,
    endless: false,
    streaming: true,
    token,
    listDelay: 0,
    reordering: false,
    forbidden: new Set(),
    absent: new Set(),
    left: { reset: 0, 'reset-list': 0, gap: 0, repeat: 0, gone: 0, status: 0, empty: 0, shrunken: 0, garbage: 0, brief: 0 },
    how: 'http',
    code: 500,
    retryAfter: 0,
  };
}

export function tell(lies: Lies, lie: Lie): void {
  switch (lie.kind) {
    case 'stall':
      lies.stalled = true;
      break;
    case 'half-open':
      lies.stalled = lies.halfOpen = true;
      break;
    case 'slow':
      lies.listDelay = lie.ms;
      break;
    case 'reorder':
      lies.reordering = true;
      break;
    case 'endless':
      lies.endless = true;
      break;
    case 'no-streaming':
      lies.streaming = false;
      break;
    case 'rotate':
      lies.token = lie.token;
      break;
    case 'forbid':
      lies.forbidden.add(lie.namespace === undefined ? lie.resource : `${lie.resource} in ${lie.namespace}`);
      break;
    case 'absent':
      lies.absent.add(lie.resource);
      break;
    case 'restart':
      break;
    default:
      lies.left[lie.kind] += lie.times;
      if (lie.kind === 'gone') lies.how = lie.how;
      if (lie.kind === 'status') [lies.code, lies.retryAfter] = [lie.code, lie.retryAfter ?? 0];
  }
}

/** Whether the lie applies now; if so, counts it down by one. */
export function take(lies: Lies, lie: Counted): boolean {
  if (lies.left[lie] === 0) return false;
  lies.left[lie]--;
  return true;
}
