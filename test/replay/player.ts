/** Plays a scenario against the real cache stage, with a fake clock. */
import { expect } from 'vitest';
import { load } from '../../src/config/load.ts';
import { Cache } from '../../src/query/cache.ts';
import { hitNames, type CacheObserver, type CacheOptions } from '../../src/query/cache/options.ts';
import type { Handler, Outcome } from '../../src/query/handler.ts';
import { emptyAnswer, Source } from '../../src/wire/answer.ts';
import { Rcode, typeFromName } from '../../src/wire/iana.ts';
import { nameFromText, nameToText, type Name } from '../../src/wire/name.ts';
import { QueryReader, type Query } from '../../src/wire/query.ts';
import { writeQuestion } from '../../src/wire/question.ts';
import { fakeClock } from '../fakes/clock.ts';
import { heard, seen, type Said } from './messages.ts';
import { milliseconds, type Step } from './scenario.ts';

interface Canned extends Said {
  /** Delay of the response, ms. */
  readonly after: number;
}

interface Asking {
  readonly query: Query;
  outcome: Outcome;
  done: boolean;
}

type Commands = Readonly<Record<string, (step: Step) => void | Promise<void>>>;

export async function play(steps: readonly Step[]): Promise<void> {
  const [first] = steps;
  const given = first?.command === 'OPTIONS' ? first.words : [];
  const clock = fakeClock();
  const counted: Record<string, number> = {};
  const cache = new Cache(optionsOf(given), clock, () => 0.5, counting(counted));
  const upstreams = new Map<string, Canned>();
  let asked = 0;
  let asking: Asking[] = [];
  let waited = 0;

  const upstream: Handler = async (query) => {
    asked++;
    const { name } = query;
    const said = upstreams.get(`${nameToText(name)} ${query.type}`);
    if (said === undefined) return emptyAnswer(Rcode.NXDOMAIN, Source.forward);
    // The caller may reuse the query once this call has returned.
    const { type, edns, checkingDisabled } = query;
    const kept = { ...query, name, type, edns, checkingDisabled };
    if (said.after > 0) await clock.wait(said.after);
    return heard(kept, said, clock.monotonic());
  };
  const handler = cache.stage(upstream);

  const ask = async (query: Query): Promise<Asking> => {
    const one: Asking = { query, outcome: undefined, done: false };
    const outcome = handler(query);
    if (outcome instanceof Promise) {
      void outcome.then((settled) => {
        one.outcome = settled;
        one.done = true;
      });
      // An answer that needs no time to pass arrives before the next step.
      await new Promise(setImmediate);
    } else Object.assign(one, { outcome, done: true });
    return one;
  };

  const commands: Commands = {
    OPTIONS: (step) => {
      if (step !== first) throw new Error('OPTIONS is the first step; CONFIGURE changes them later');
    },
    CONFIGURE: ({ words }) => cache.configure(optionsOf([...given, ...words])),
    UPSTREAM: ({ words: [name, type, rcode, ...rest], details }) => {
      const after = rest[0] === 'after' ? milliseconds(rest[1]) : 0;
      upstreams.set(`${nameToText(nameOf(name))} ${typeOf(type)}`, { rcode: rcode!, records: details, after });
    },
    QUERY: async ({ words: [name, type, ...flags] }) => {
      const clients = Number(flags.find((flag) => /^x\d+$/.test(flag))?.slice(1) ?? 1);
      asking = [];
      for (let i = 0; i < clients; i++) asking.push(await ask(query(name, type, flags, clock.monotonic())));
    },
    EXPECT: ({ words: [rcode], details }) => {
      if (rcode === 'nothing') {
        expect(asking.map(({ done }) => done)).not.toContain(true);
        return;
      }
      const expected = [rcode!, ...details.map((words) => words.join(' ')).toSorted()];
      for (const { query: from, outcome, done } of asking) {
        expect(done, 'answered').toBe(true);
        expect(seen(from, outcome!, clock.monotonic())).toEqual(expected);
      }
    },
    TIME_PASSES: ({ words: [time] }) => clock.advance(milliseconds(time)),
    ASKED: ({ words: [count] }) => {
      expect(asked).toBe(Number(count));
      asked = 0;
    },
    LOAD: async ({ words: [name, type, , every, , span] }) => {
      const all: Asking[] = [];
      waited = 0;
      for (let left = milliseconds(span); left > 0; left -= milliseconds(every)) {
        const one = await ask(query(name, type, [], clock.monotonic()));
        if (!one.done) waited++;
        all.push(one);
        await clock.advance(milliseconds(every));
      }
      expect(all.map(({ done, outcome }) => done && outcome !== undefined)).not.toContain(false);
    },
    WAITED: ({ words: [count] }) => expect(waited).toBe(Number(count)),
    FLUSH: ({ words: [what, name] }) => {
      cache.flush(what === 'all' ? { all: true } : what === 'zone' ? { zones: [nameOf(name)] } : { name: nameOf(name) });
    },
    CACHED: ({ words: [name, type, kind, state, ttl] }) => {
      const entries = cache.inspect(nameOf(name)).filter((entry) => type === 'nothing' || entry.type === typeOf(type));
      expect(entries).toMatchObject(type === 'nothing' ? [] : [{ kind, state, ttl: Number(ttl) }]);
    },
    COUNTED: ({ words }) => {
      for (const [what, count] of words.map((word) => word.split('='))) expect([what, counted[what!] ?? 0]).toEqual([what, Number(count)]);
    },
  };

  for (const step of steps) {
    const command = commands[step.command];
    if (command === undefined) throw new Error(`line ${step.line}: no such step: ${step.command}`);
    try {
      await command(step);
    } catch (error) {
      throw new Error(`line ${step.line}, ${step.command} ${step.words.join(' ')}: ${String(error)}`, { cause: error });
    }
  }
}

/** The default options, changed by `given`, each as `name=value`. */
function optionsOf(given: readonly string[]): CacheOptions {
  const loaded = load(
    given.map((word) => `--${word}`),
    {},
    () => '',
  );
  if ('errors' in loaded) throw new Error(loaded.errors.map((error) => JSON.stringify(error)).join('\n'));
  return loaded.options;
}

function counting(counted: Record<string, number>): CacheObserver {
  const count = (what: string): void => {
    counted[what] = (counted[what] ?? 0) + 1;
  };
  return {
    hit: (hit) => count(`hit.${hitNames[hit]!}`),
    miss: () => count('miss'),
    evicted: () => count('evicted'),
    holds: () => undefined,
    prefetched: () => count('prefetched'),
    coalesced: () => count('coalesced'),
    refreshFailed: () => count('refresh-failed'),
  };
}

function query(name: string | undefined, type: string | undefined, flags: readonly string[], now: number): Query {
  const question = { name: nameOf(name), type: typeOf(type), dnssecOk: flags.includes('do'), checkingDisabled: flags.includes('cd') };
  const client = { address: Uint8Array.of(10, 0, 0, 1), port: 5353, transport: 'udp' } as const;
  const packet = writeQuestion(question, 1, 1232);
  const reader = new QueryReader(client);
  reader.read(packet, packet.length, client, now);
  return reader.query;
}

function nameOf(text: string | undefined): Name {
  const name = text === undefined ? undefined : nameFromText(text);
  if (name === undefined) throw new Error(`"${text ?? ''}" is not a name`);
  return name;
}

function typeOf(text: string | undefined): number {
  const type = text === undefined ? undefined : typeFromName(text);
  if (type === undefined) throw new Error(`"${text ?? ''}" is not a type`);
  return type;
}
