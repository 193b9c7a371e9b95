/** What a detector is, and what it tells: at most once a minute of each subject, and of few subjects, so that an attack fills no log. */
import type { Answer } from '../../wire/answer.ts';
import type { Query } from '../../wire/query.ts';

export const alertKinds = ['probe', 'source', 'absent-names', 'blocked-names', 'tunnel', 'random-subdomains', 'forgery'] as const;
export type AlertKind = (typeof alertKinds)[number];

/** `subject`: a client's address, a domain or an upstream; `detail`: a sentence without its last dot. */
export type Alert = (kind: AlertKind, subject: string, detail: string) => void;

/** Looks at a query, answered or not, during the call. */
export type QueryDetector = (query: Query) => void;

/** Looks at an answer during the call. */
export type Detector = (query: Query, answer: Answer) => void;

/** Tells of alerts. `key` stands for the subject. */
export interface Teller {
  /** Whether a word about it would be heard at `now` (ms). An attack goes on after it was told, and words cost more than its questions. */
  hears(kind: AlertKind, key: number | string, now: number): boolean;
  tell(kind: AlertKind, key: number | string, now: number, subject: string, detail: string): void;
}

/** ms. */
const QUIET = 60_000;
/** Subjects of a kind that are told of within that time. Of a crowd they are examples. */
const SUBJECTS = 5;

/** `alert`, and silence about the same subject for a minute after. */
export function quieted(alert: Alert): Teller {
  /** The latest, oldest first. */
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
