/** Label selectors, for sources without a server to apply them: `app=web,tier!=cache,env in (a, b),!canary`. */

export type Labels = Readonly<Record<string, unknown>>;

/** Returns undefined if the text is not a selector. '' selects everything. */
export function parseSelector(text: string): ((labels: Labels) => boolean) | undefined {
  const requirements: ((labels: Labels) => boolean)[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const match = REQUIREMENT.exec(rest);
    if (match?.groups === undefined) return undefined;
    requirements.push(requirementOf(match.groups));
    rest = rest.slice(match[0].length);
    if (rest === '') break;
    if (!rest.startsWith(',')) return undefined;
    rest = rest.slice(1).trimStart();
    if (rest === '') return undefined;
  }
  return (labels) => requirements.every((holds) => holds(labels));
}

const KEY = String.raw`(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?`;
const VALUE = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?`;
const REQUIREMENT = new RegExp(
  String.raw`^(?:(?<key>${KEY})(?:\s*(?<operator>==|=|!=)\s*(?<value>${VALUE})|\s+(?<set>in|notin)\s*\((?<values>\s*${VALUE}\s*(?:,\s*${VALUE}\s*)*)\))?|!\s*(?<absent>${KEY}))\s*`,
);

function requirementOf(groups: Readonly<Record<string, string | undefined>>): (labels: Labels) => boolean {
  const { key = '', operator, value, set, values = '', absent } = groups;
  if (absent !== undefined) return (labels) => !Object.hasOwn(labels, absent);
  if (set !== undefined) {
    const among = new Set<unknown>(values.split(',').map((one) => one.trim()));
    return set === 'in' ? (labels) => among.has(labels[key]) : (labels) => !among.has(labels[key]);
  }
  if (operator === undefined) return (labels) => Object.hasOwn(labels, key);
  return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
}
