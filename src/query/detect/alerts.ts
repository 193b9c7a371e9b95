/** What a detector is, and what it tells: at most once a minute for each kind, so that an attack fills no log. */
import type { Answer } from '../../wire/answer.ts';
import type { Query } from '../../wire/query.ts';

export const alertKinds = ['probe', 'source', 'absent-names', 'tunnel', 'random-subdomains', 'forgery'] as const;
export type AlertKind = (typeof alertKinds)[number];

/** `subject`: a client's address, a domain or an upstream; `detail`: a sentence without its last dot. */
export type Alert = (kind: AlertKind, subject: string, detail: string) => void;

/** Looks at an answer during the call. */
export type Detector = (query: Query, answer: Answer) => void;

/** Tells of an alert; `now` is when what caused it came, ms. */
export type Tell = (now: number, kind: AlertKind, subject: string, detail: string) => void;

const QUIET = 60_000;

/** `alert`, and silence about the same kind for a minute after. `now` in ms. */
export function quieted(alert: Alert): Tell {
  const last = new Map<AlertKind, number>();
  return (now, kind, subject, detail) => {
    if (now - (last.get(kind) ?? -Infinity) < QUIET) return;
    last.set(kind, now);
    alert(kind, subject, detail);
  };
}
