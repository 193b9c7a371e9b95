/** `kubezone compare [ZONE] --with ADDR`: asks two nameservers the same questions and shows where they differ. */
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../src/clock.ts';
import type { Options } from '../../src/config/options.ts';
import { exchangeFor, parseEndpoint } from '../../src/upstream/endpoint.ts';
import { EX_USAGE, type Context } from './command.ts';
import { compareReplies, readReply, type Comparison, type Difference, type Reply } from './comparison.ts';
import { comparisonText } from './comparison-text.ts';
import { questionsFromText, questionsOfZones, type PlainQuestion } from './questions.ts';

/** Timeout of one try, ms, and number of tries: a datagram may be lost. */
const PATIENCE = 2000;
const TRIES = 3;
/** Questions of which a server must answer one, to be compared at all: any one of a file may be one that nobody answers. */
const FIRST = 8;
/** Questions in flight at once: few, so that a busy server beside a canary is not disturbed. */
const AT_ONCE = 32;
/** The cluster may change between two questions, so what differs is asked once more after this time, ms. */
const SETTLING = 1000;

/** Resolves to 0 when both answer alike, or neither, 1 when they differ or one does not answer at all. */
export async function run(options: Options, context: Context): Promise<number> {
  const { print, complain, signal } = context;
  if (options.with === undefined) {
    complain('kubezone: --with is missing; name the other nameserver, such as --with 10.96.0.10');
    return EX_USAGE;
  }
  const questions =
    options.file === undefined ? await questionsOfZones(options, context) : questionsFromText(await readFile(options.file, 'utf8'));
  if ('errors' in questions) {
    for (const error of questions.errors) complain(`kubezone: ${options.file === undefined ? '' : `${options.file}:`}${error}`);
    return EX_USAGE;
  }
  signal.throwIfAborted();
  if (questions.length === 0) {
    complain(`kubezone: ${options.file}: there is no question in it; a line is NAME [TYPE], such as web.shop.svc.cluster.local SRV`);
    return EX_USAGE;
  }
  const [ours, theirs] = [options.server, options.with].map((url) => new Asked(url, signal)) as [Asked, Asked];
  try {
    for (const server of [ours, theirs]) {
      const replies = await Promise.all(questions.slice(0, FIRST).map((question) => server.ask(question)));
      const [failure] = replies.flatMap((reply) => ('failure' in reply ? [reply.failure] : []));
      if (failure !== undefined && replies.every((reply) => 'failure' in reply)) {
        complain(`kubezone: ${server.url} does not answer: ${failure}`);
        return 1;
      }
    }
    const found = await differencesOf(questions, ours, theirs, options.ttlTolerance, signal);
    const { unanswered = [], different: differences = [] } = Object.groupBy(found, ({ kind }) =>
      kind === 'unanswered' ? kind : 'different',
    );
    const comparison: Comparison = { ours: ours.url, theirs: theirs.url, questions: questions.length, differences, unanswered };
    print(options.json ? `${JSON.stringify(comparison, undefined, 2)}\n` : comparisonText(comparison, options.ttlTolerance));
    return differences.length === 0 ? 0 : 1;
  } finally {
    for (const server of [ours, theirs]) server.close();
  }
}

async function differencesOf(
  questions: readonly PlainQuestion[],
  ours: Asked,
  theirs: Asked,
  tolerance: number,
  signal: AbortSignal,
): Promise<Difference[]> {
  const compare = async (question: PlainQuestion): Promise<Difference | undefined> => {
    const [mine, other] = await Promise.all([ours.ask(question), theirs.ask(question)]);
    return compareReplies(question, mine, other, tolerance);
  };
  const suspects = await inTurn(questions, async (question) => ((await compare(question)) === undefined ? undefined : question));
  if (suspects.length > 0) await wait(SETTLING, undefined, { signal });
  return inTurn(suspects, compare);
}

/** Runs `work` on all items, `AT_ONCE` at a time; returns what it found, in the order of the items. */
async function inTurn<Item, Found>(items: readonly Item[], work: (item: Item) => Promise<Found | undefined>): Promise<Found[]> {
  const found: (Found | undefined)[] = [];
  const pending = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of pending) found[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found.filter((one) => one !== undefined);
}

/** One of the two nameservers. A truncated UDP response is retried over TCP. */
class Asked {
  readonly url: string;
  readonly #exchange: ReturnType<typeof exchangeFor>;
  readonly #signal: AbortSignal;

  constructor(url: string, signal: AbortSignal) {
    this.url = url;
    this.#signal = signal;
    this.#exchange = exchangeFor(parseEndpoint(url), { clock: systemClock, randomCase: false, dropped: () => undefined, ca: undefined });
  }

  /** Rejects only when the signal is aborted. */
  async ask(question: PlainQuestion): Promise<Reply> {
    let failure = '';
    for (let tries = 0; tries < TRIES; tries++) {
      const patience = AbortSignal.timeout(PATIENCE);
      try {
        return readReply(await this.#exchange(question.message, AbortSignal.any([this.#signal, patience])), question);
      } catch (error) {
        this.#signal.throwIfAborted();
        failure = patience.aborted ? `no reply in ${PATIENCE} ms` : (error as Error).message;
      }
    }
    return { failure };
  }

  close(): void {
    this.#exchange[Symbol.dispose]();
  }
}
