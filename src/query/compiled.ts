/** The result of compiling rules: a value, or all errors at once, each with what is wrong and what would be right. */

export type Compiled<Value, Wrong = string> = { readonly value: Value } | { readonly errors: readonly Wrong[] };

/** A problem with one of an option's rules. */
export interface RuleProblem {
  readonly option: string;
  /** From 0, in the order written. */
  readonly index: number;
  /** Begins with the rule. */
  readonly problem: string;
}

/** Compiles each of `texts`, the values of `option`. */
export function compileAll<Rule>(
  option: string,
  texts: readonly string[],
  compile: (text: string) => Compiled<Rule>,
): Compiled<Rule[], RuleProblem> {
  const rules: Rule[] = [];
  const errors: RuleProblem[] = [];
  texts.forEach((text, index) => {
    const compiled = compile(text);
    if ('value' in compiled) rules.push(compiled.value);
    else
      errors.push(...compiled.errors.map((error) => ({ option, index, problem: `rule ${index + 1} ${JSON.stringify(text)}: ${error}` })));
  });
  return errors.length > 0 ? { errors } : { value: rules };
}

/** Returns the value of rules known to be valid; throws otherwise. */
export function valueOf<Value>(compiled: Compiled<Value, RuleProblem>): Value {
  if ('value' in compiled) return compiled.value;
  throw new Error(compiled.errors.map(({ option, problem }) => `${option} ${problem}`).join('\n'));
}
