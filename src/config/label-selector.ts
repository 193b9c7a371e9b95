/** The form of label selectors, so that a wrong one is refused at the start and not by the API server later; what they select is src/kubernetes' business. */

const key = '([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?';
const value = '([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?';
const set = `\\(\\s*${value}\\s*(,\\s*${value}\\s*)*\\)`;
const requirement = `(!\\s*${key}|${key}(\\s*(=|==|!=)\\s*${value}|\\s+(in|notin)\\s*${set})?)`;

/** `app=web,tier!=cache,env in (a, b),!canary`, as a regular expression that JSON schema takes too. */
export const selectorPattern: string = `^\\s*${requirement}\\s*(,\\s*${requirement}\\s*)*$`;

const SELECTOR = new RegExp(selectorPattern);

export function readSelector(text: string): string | undefined {
  return SELECTOR.test(text) ? text : undefined;
}
