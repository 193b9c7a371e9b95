/** The text of a comparison, for a person. */
import type { Comparison, Difference, Reply } from './comparison.ts';

export function comparisonText({ ours, theirs, questions, differences, unanswered }: Comparison, tolerance: number): string {
  const [answers, ttls] = [differences.filter(({ kind }) => kind === 'answer'), differences.filter(({ kind }) => kind === 'ttl')];
  const apart = ttls.length === 0 ? '' : `, ${ttls.length} only in TTLs, by more than ${tolerance} s`;
  const neither = unanswered.length === 0 ? '' : `, ${unanswered.length} answered by neither`;
  const alike = neither === '' ? 'all answered alike' : 'all others alike';
  return [
    ...[...unanswered, ...answers].flatMap(({ name, type, ours: mine, theirs: other }) => [
      `${name} ${type}`,
      `  ${ours}: ${outcome(mine)}`,
      `  ${theirs}: ${outcome(other)}`,
      ...onlyIn(mine, other).map((record) => `  - ${record}`),
      ...onlyIn(other, mine).map((record) => `  + ${record}`),
      '',
    ]),
    ...ttls.flatMap(({ name, type, ...replies }) => [`${name} ${type}`, ...ttlLines(replies), '']),
    answers.length > 0 ? `(-: only ${ours}; +: only ${theirs})` : '',
    `${questions} questions${neither}, ${differences.length === 0 ? alike : `${answers.length} answered otherwise${byType(answers)}${apart}`}`,
    '',
  ]
    .filter((line, index, all) => line !== '' || (index > 0 && all[index - 1] !== ''))
    .join('\n');
}

function byType(differences: readonly Difference[]): string {
  const counts = Map.groupBy(differences, ({ type }) => type);
  return counts.size === 0 ? '' : ` (${[...counts].map(([type, of]) => `${of.length} ${type}`).join(', ')})`;
}

function outcome(reply: Reply): string {
  if ('failure' in reply) return reply.failure;
  const count = Object.keys(reply.answers).length;
  return `${reply.rcode}, ${count} ${count === 1 ? 'record' : 'records'}`;
}

function onlyIn(one: Reply, other: Reply): string[] {
  if ('failure' in one) return [];
  const known = 'failure' in other ? {} : other.answers;
  return Object.keys(one.answers).filter((record) => !(record in known));
}

function ttlLines({ ours, theirs }: Pick<Difference, 'ours' | 'theirs'>): string[] {
  if ('failure' in ours || 'failure' in theirs) return [];
  return Object.entries(ours.answers).map(([record, ttl]) => `  ${record}: TTL ${ttl} and ${theirs.answers[record]}`);
}
