/** The interface of detectors and their alerts: at most one per minute and subject, and of few subjects, so that an attack does not fill the log. */
import type { Answer } from '../../wire/answer.ts';
import type { Query } from '../../wire/query.ts';

export const alertKinds = ['probe', 'source', 'absent-names', 'blocked-names', 'tunnel', 'random-subdomains', 'forgery'] as const;
export type AlertKind = (typeof alertKinds)[number];

/** `subject`: a client's address, a domain or an upstream; `detail`: a sentence without its last dot. */
export type Alert = (kind: AlertKind, subject: string, detail: string) => void;

/** Examines a query, answered or not, and does not keep it after the call. */
export type QueryDetector = (query: Query) => void;

/** Examines an answer, and does not keep it or its query after the call. */
export type Detector = (query: Query, answer: Answer) => void;

/** Passes alerts on within the limits. `key` identifies the subject. */
export interface Teller {
  /** Whether an alert would pass at `now` (ms). Asked first, since an attack continues after its alert, and building the text of each would be costly. */
  hears(kind: AlertKind, key: number | string, now: number): boolean;
  tell(kind: AlertKind, key: number | string, now: number, subject: string, detail: string): void;
}

/** Time between two alerts about a subject, ms. */
const QUIET = 60_000;
/** Most subjects of a kind within that time; in an attack from many sources they are examples. */
const SUBJECTS = 5;

/** Limits `alert` to one call per minute and subject, and to five subjects of a kind per minute. */
export function quieted(alert: Alert): Teller {
  /** The latest alerts of each kind, oldest first. */
  const told = new Map<AlertKind, { readonly key: number | string; readonly at: number }[]>(alertKinds.map((kind) => [kind, []]));
  const hears: Teller['hears'] = (kind, key, now) => {
    const latest = told.get(kind)!;
    for (const last of latest) if (last.key === key && now - last.at < QUIET) return false;
    return latest.length < SUBJECTS || now - latest[0]!.at >= QUIET;
  };
  return {
    hears,
    tell: (kind, key, now, subject, detail) => {
      if (!hears(kind, key, now)) return;
      const latest = told.get(kind)!;
      latest.push({ key, at: now });
      if (latest.length > SUBJECTS) latest.shift();
      alert(kind, subject, detail);
    },
  };
}
