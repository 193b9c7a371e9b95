/** Watches the answers for signs of attacks. It runs on the serving thread and is so made: most answers cost it a comparison or two. */
import type { Random } from '../../clock.ts';
import { Source, type Answer } from '../../wire/answer.ts';
import type { Query } from '../../wire/query.ts';
import { quieted, type Alert, type Detector } from './alerts.ts';
import { absentNames } from './absent-names.ts';
import { forgeries } from './forgeries.ts';
import { probes } from './probes.ts';
import { randomSubdomains } from './random-subdomains.ts';
import { sources } from './sources.ts';
import { tunnels } from './tunnels.ts';

export interface Detectors {
  /** Hears of every answer, sent at once or later. */
  responded(query: Query, answer: Answer): void;
  /** A message came that was not the reply to what an upstream was asked. `now`: Clock.monotonic(), ms. */
  forged(upstream: string, now: number): void;
}

export function detectors(random: Random, alert: Alert): Detectors {
  const teller = quieted(alert);
  const always: readonly Detector[] = [probes(random, teller), sources(random, teller)];
  // Names that miss in our own zones are every pod's search path at work, and cost nobody else anything.
  const outside: readonly Detector[] = [absentNames(random, teller), tunnels(random, teller), randomSubdomains(random, teller)];
  return {
    responded: (query, answer) => {
      for (const detector of always) detector(query, answer);
      if (answer.source === Source.forward || answer.source === Source.cache || answer.source === Source.stale) {
        for (const detector of outside) detector(query, answer);
      }
    },
    forged: forgeries(teller),
  };
}
