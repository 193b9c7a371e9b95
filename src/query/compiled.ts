/** What compiling rules gives: a value, or every error at once, each a whole sentence with the rule, what is wrong and what would be right. */

export type Compiled<Value> = { readonly value: Value } | { readonly errors: readonly string[] };

/** Compiles each of `texts`; `option` is named in the errors. */
export function compileAll<Rule>(option: string, texts: readonly string[], compile: (text: string) => Compiled<Rule>): Compiled<Rule[]> {
  const rules: Rule[] = [];
  const errors: string[] = [];
  texts.forEach((text, index) => {
    const compiled = compile(text);
    if ('value' in compiled) rules.push(compiled.value);
    else errors.push(...compiled.errors.map((error) => `${option}, rule ${index + 1} ${JSON.stringify(text)}: ${error}`));
  });
  return errors.length > 0 ? { errors } : { value: rules };
}
