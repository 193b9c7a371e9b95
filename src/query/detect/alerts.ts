/** What a detector is, and what it tells: at most once a minute for each kind, so that an attack fills no log. */
import type { Answer } from '../../wire/answer.ts';
import type { Query } from '../../wire/query.ts';

export const alertKinds = ['probe', 'source', 'absent-names', 'tunnel', 'random-subdomains', 'forgery'] as const;
export type AlertKind = (typeof alertKinds)[number];

/** `subject`: a client's address, a domain or an upstream; `detail`: a sentence without its last dot. */
export type Alert = (kind: AlertKind, subject: string, detail: string) => void;

/** Looks at an answer during the call. */
export type Detector = (query: Query, answer: Answer) => void;

/** Tells of alerts. */
export interface Teller {
  /** Whether a word about this kind would be heard at `now` (ms). An attack goes on after it was told, and words cost more than its questions. */
  hears(kind: AlertKind, now: number): boolean;
  tell(now: number, kind: AlertKind, subject: string, detail: string): void;
}

/** ms. */
const QUIET = 60_000;

/** `alert`, and silence about the same kind for a minute after. */
export function quieted(alert: Alert): Teller {
  const last = new Map<AlertKind, number>();
  const hears: Teller['hears'] = (kind, now) => now - (last.get(kind) ?? -Infinity) >= QUIET;
  return {
    hears,
    tell: (now, kind, subject, detail) => {
      if (!hears(kind, now)) return;
      last.set(kind, now);
      alert(kind, subject, detail);
    },
  };
}
