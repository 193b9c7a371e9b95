/** docs/options.md: every option with its type, default and description, generated from the option table. */
import { environmentName, type Option, type OptionGroup } from '../../src/config/option.ts';
import { rightValues } from '../../src/config/option-types.ts';
import { optionGroups, options } from '../../src/config/options.ts';
import { defaultText } from '../kubezone/help.ts';

const notInFile = options
  .filter((option) => option.notInFile === true)
  .map(({ name }) => `\`${name}\``)
  .join(', ');

const introduction = `# Options

<!-- Written by \`npm run reference\` from src/config/*-options.ts: change it there. -->

Every option can be given in three ways. Flags take precedence over the environment, the environment over the file, and the file over the default.

| where | how \`cluster-domain\` is written |
| --- | --- |
| flag | \`--cluster-domain corp.local\` or \`--cluster-domain=corp.local\` |
| environment | \`${environmentName('cluster-domain')}=corp.local\`; an empty variable counts as not given |
| file named by \`--config\` | \`cluster-domain: corp.local\` (YAML) |

The file has no key for ${notInFile}.

- **on or off**: \`--prefetch\`, \`--no-prefetch\`; \`${environmentName('prefetch')}=false\`; \`prefetch: false\`.
- **several values**: a flag is repeated or its values are joined by commas, as in the environment; a YAML list in the file.
- **values by name**: \`--zones corp.example=10.0.0.53,tcp://10.0.0.54\`, repeated for more names, joined by \`;\` in the environment; in the file

  \`\`\`yaml
  zones:
    corp.example: [10.0.0.53, tcp://10.0.0.54]
  \`\`\`

- **durations** have a unit: \`500ms\`, \`5s\`, \`30m\`, \`1h30m\`. **Sizes** are bytes or have one: \`512KiB\`, \`32MiB\`. Options in plain seconds say so.

Invalid options are refused at startup, all at once, each with its place, its value and what would be valid (exit code 64). If the file changes
while the server runs, options marked *live* take effect; a file with an error changes nothing.
`;

export function optionsPage(): string {
  return `${introduction}\n${optionGroups.map(groupSection).join('\n')}`;
}

function groupSection({ title, rows }: OptionGroup): string {
  return [
    `## ${title}`,
    '',
    '| option | default | description | valid values |',
    '| --- | --- | --- | --- |',
    ...rows.map(optionRow),
    '',
  ].join('\n');
}

function optionRow(option: Option): string {
  const name = `<a id="${option.name}"></a>\`${option.name}\`${option.reloadable ? ' *live*' : ''}`;
  const written = defaultText(option);
  const standard = written === '' ? (option.otherwise ?? '') : `\`${written}\``;
  return `| ${[name, standard, option.does, manyInWords(option) + rightValues(option)].map(cell).join(' | ')} |`;
}

function manyInWords(option: Option): string {
  return option.many === undefined ? '' : option.many === 'list' ? 'several; each ' : 'several by name; each ';
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
