/** What a reflector is told, and what it does where it is told nothing. */
import type { Clock, Random } from '../clock.ts';
import { noObserver, type ReflectorObserver } from './observer.ts';

export interface ReflectOptions<T> {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly observer?: ReflectorObserver;
  /** '' for all. */
  readonly namespace?: string;
  /** A labelSelector, '' for all. */
  readonly selector?: string;
  /** A watch without event or bookmark for this long is replaced, ms. The server sends a bookmark about every minute. */
  readonly watchIdleLimit?: number;
  /** Objects requested per page of a list. */
  readonly pageSize?: number;
  /** Whether to request streaming lists (KEP-3157), which are abandoned as soon as the server does not give them. */
  readonly streaming?: boolean;
  /** Mean time between audits, ms; each is jittered by half. 0 for none. */
  readonly auditInterval?: number;
  /** How many objects were known before a restart, as far as that is known; the first list is checked against it. */
  readonly expected?: number | undefined;
  /** Wait before a suspect list is requested again, ms. */
  readonly suspectWait?: number;
  /** What to serve while listing is forbidden and nothing was ever listed, after so many refusals; undefined: nothing yet. */
  readonly whenForbidden?: (refusals: number) => readonly T[] | undefined;
}

export type ReflectSettings<T> = Required<Omit<ReflectOptions<T>, 'whenForbidden' | 'expected'>> &
  Pick<ReflectOptions<T>, 'whenForbidden'> & { readonly expected: number };

export function settingsOf<T>(options: ReflectOptions<T>): ReflectSettings<T> {
  return { ...DEFAULTS, ...options, expected: options.expected ?? 0 };
}

const DEFAULTS = {
  observer: noObserver,
  namespace: '',
  selector: '',
  watchIdleLimit: 180_000,
  // client-go's.
  pageSize: 500,
  streaming: true,
  auditInterval: 1_800_000,
  suspectWait: 2_000,
} as const;
