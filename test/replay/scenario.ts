/** Parses scenarios; README.md in this folder describes the steps. */

export interface Step {
  /** Line number, for error messages. */
  readonly line: number;
  readonly command: string;
  readonly words: readonly string[];
  /** The words of each indented line below the step. */
  readonly details: readonly (readonly string[])[];
}

/** Parses a scenario; throws with the line number when an indented line precedes the first step. */
export function readScenario(text: string): Step[] {
  const steps: { line: number; command: string; words: string[]; details: string[][] }[] = [];
  for (const [index, written] of text.split('\n').entries()) {
    const line = written.replace(/(^|\s);.*/, '');
    const words = line.trim().split(/\s+/);
    const step = steps.at(-1);
    if (line.trim() === '') continue;
    if (!/^\s/.test(line)) steps.push({ line: index + 1, command: words[0]!, words: words.slice(1), details: [] });
    else if (step === undefined) throw new Error(`line ${index + 1}: "${line.trim()}" belongs to no step`);
    else step.details.push(words);
  }
  return steps;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses a duration such as `90s` into milliseconds. */
export function milliseconds(text: string | undefined): number {
  const [, number, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text ?? '') ?? [];
  if (number === undefined || unit === undefined) throw new Error(`"${text ?? ''}" is not a time such as 500ms or 30s`);
  return Number(number) * UNITS[unit]!;
}
