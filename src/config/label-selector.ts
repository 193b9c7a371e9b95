/** The syntax of label selectors, so that a malformed one is refused at startup and not later by the API server; src/kubernetes applies them. */

const key = '([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?';
const value = '([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?';
const set = `\\(\\s*${value}\\s*(,\\s*${value}\\s*)*\\)`;
const requirement = `(!\\s*${key}|${key}(\\s*(=|==|!=)\\s*${value}|\\s+(in|notin)\\s*${set})?)`;

/** Matches selectors such as `app=web,tier!=cache,env in (a, b),!canary`; also used in the JSON schema. */
export const selectorPattern: string = `^\\s*${requirement}\\s*(,\\s*${requirement}\\s*)*$`;

const SELECTOR = new RegExp(selectorPattern);

export function readSelector(text: string): string | undefined {
  return SELECTOR.test(text) ? text : undefined;
}
