/** All detectors of attacks, which watch queries and answers on the serving thread: most answers cost a comparison or two. */
import type { Random } from '../../clock.ts';
import { Source, type Answer } from '../../wire/answer.ts';
import type { Query } from '../../wire/query.ts';
import { quieted, type Alert, type Detector, type QueryDetector } from './alerts.ts';
import { absentNames } from './absent-names.ts';
import { blockedNames } from './blocked-names.ts';
import { clusterNames } from './cluster-names.ts';
import { forgeries, type Forgeries } from './forgeries.ts';
import { probes } from './probes.ts';
import { randomSubdomains } from './random-subdomains.ts';
import { sources } from './sources.ts';
import { tunnels } from './tunnels.ts';

export interface Detectors extends Forgeries {
  /** Called for every answer, sent at once or later. */
  responded(query: Query, answer: Answer): void;
  /** Called for every query that a policy or a limit left without an answer. */
  dropped(query: Query): void;
  /** Called for every query that a blocklist or response policy zone blocks: by any action but passthru, tcpOnly and local. */
  blocked(query: Query): void;
}

export function detectors(random: Random, alert: Alert): Detectors {
  const teller = quieted(alert);
  const ofQueries: readonly QueryDetector[] = [probes(random, teller), sources(random, teller)];
  const ofAnswers: readonly Detector[] = [clusterNames(random, teller)];
  const outside: readonly Detector[] = [absentNames(random, teller), tunnels(random, teller), randomSubdomains(random, teller)];
  const asked = (query: Query): void => {
    for (const detector of ofQueries) detector(query);
  };
  return {
    responded: (query, answer) => {
      asked(query);
      for (const detector of ofAnswers) detector(query, answer);
      if (answer.source === Source.forward || answer.source === Source.cache || answer.source === Source.stale) {
        for (const detector of outside) detector(query, answer);
      }
    },
    dropped: asked,
    blocked: blockedNames(random, teller),
    ...forgeries(teller),
  };
}
