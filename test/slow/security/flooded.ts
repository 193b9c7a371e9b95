/** Compares what an honest client sees while the server is flooded, and while the same flood goes elsewhere, so that the machine is equally busy. */
import { createSocket } from 'node:dgram';
import { setTimeout as wait } from 'node:timers/promises';
import { floodInWords, startFlood, type FloodOptions, type FloodResult } from '../load/flood.ts';
import { inWords, startLoad, type LoadOptions, type LoadResult } from '../load/load.ts';
import type { LoadQuestion } from '../load/questions.ts';

/** Time for a program that has just started to compile its code, and to detect the flood, ms. */
const SETTLING = 3000;

export interface Flooded {
  readonly control: LoadResult;
  readonly attacked: LoadResult;
  readonly flood: FloodResult;
}

/** The honest client; its outside names have to be other ones in each phase, or what the control asked for is in the cache. */
export interface Honest extends Pick<LoadOptions, 'port' | 'from' | 'rate'> {
  readonly questions: (phase: 'control' | 'attacked') => readonly LoadQuestion[];
}

/** Runs each case for `seconds`; `honest` and `flood` both have the server's port. `during` runs while the server is flooded. */
export async function flooded(
  honest: Honest,
  flood: FloodOptions,
  seconds: number,
  during: () => Promise<void> = () => Promise.resolve(),
): Promise<Flooded> {
  // Receives the control flood and never responds.
  const elsewhere = createSocket('udp4');
  await new Promise<void>((resolve) => elsewhere.bind(0, '127.0.0.1', resolve));
  const both = async (port: number, phase: 'control' | 'attacked', meanwhile: () => Promise<void>): Promise<[LoadResult, FloodResult]> => {
    const flowing = await startFlood({ ...flood, port });
    await wait(SETTLING);
    const load = await startLoad({ clients: 8, ...honest, questions: honest.questions(phase) });
    await Promise.all([wait(seconds * 1000), meanwhile()]);
    const loaded = await load.stop();
    return [loaded, await flowing.stop()];
  };
  const [control] = await both(elsewhere.address().port, 'control', () => Promise.resolve());
  elsewhere.close();
  const [attacked, sent] = await both(flood.port, 'attacked', during);
  console.log(`flood: ${floodInWords(sent)}\nhonest, flood elsewhere: ${inWords(control)}\nhonest, flooded: ${inWords(attacked)}`);
  return { control, attacked, flood: sent };
}
