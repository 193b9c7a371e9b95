/** Help texts, generated from the tables of commands and options; 80 columns wide. */
import { environmentName, type Option } from '../../src/config/option.ts';
import { optionTypes } from '../../src/config/option-types.ts';
import { optionGroups } from '../../src/config/options.ts';
import type { Command } from './command.ts';

const WIDTH = 80;

/** What `kubezone --help` prints. */
export function overview(commands: readonly Command[]): string {
  const rows = [
    ...commands.map(({ name, takes, does }) => [`${name} ${takes}`, does] as const),
    ['help [COMMAND]', 'Prints this help, or the options of a command.'] as const,
  ];
  return [
    'kubezone: a nameserver for Kubernetes clusters',
    '',
    'Usage: kubezone COMMAND [OPTIONS]',
    '',
    ...rows.flatMap(([usage, does]) => [`  ${usage.trimEnd()}`, ...wrap(does, '      ')]),
    '',
    ...wrap('Every command takes --help and --version. "kubezone serve --example" serves an example cluster.', ''),
    '',
  ].join('\n');
}

/** What `kubezone COMMAND --help` prints. */
export function helpOf(command: Command): string {
  const groups = optionGroups
    .map(({ title, rows }) => ({
      title,
      rows: rows.filter(({ name }) => [title, `--${name}`].some((read) => command.reads.includes(read))),
    }))
    .filter(({ rows }) => rows.length > 0);
  const notInFile = groups.flatMap(({ rows }) => rows.filter((option) => option.notInFile === true).map(({ name }) => `--${name}`));
  const source =
    groups.length === 0
      ? []
      : [
          '',
          ...wrap(
            `Each option is a flag, an environment variable (--ttl is ${environmentName('ttl')}) and a key of the YAML file named by --config ("ttl: 30"). Flags take precedence over environment variables, these over the file, and the file over defaults. The file has no key for: ${notInFile.join(', ')}.`,
            '',
          ),
        ];
  const options = groups.flatMap((group) => ['', `${group.title}:`, ...group.rows.flatMap(optionHelp)]);
  const usage = `Usage: kubezone ${command.name}${command.takes === '' ? '' : ` ${command.takes}`}${groups.length === 0 ? '' : ' [OPTIONS]'}`;
  return [command.does, '', usage, ...source, ...options, ''].join('\n');
}

function optionHelp(option: Option): string[] {
  const flag = option.type === 'boolean' ? `--[no-]${option.name}` : `--${option.name} ${placeholder(option)}`;
  const repeated = option.many === undefined ? '' : ' (repeatable)';
  const without = withoutIt(option);
  return [`  ${flag}${repeated}`, ...wrap(`${option.does}${without === '' ? '' : ` ${without}`}`, '      ')];
}

/** The placeholder of the value: `--pods disabled|insecure`, `--zones NAME=UPSTREAM,…`. */
function placeholder(option: Option): string {
  const one = option.type === 'enum' ? (option.values ?? []).join('|') : optionTypes[option.type].placeholder;
  return option.many === 'map' ? `NAME=${one},…` : one;
}

/** What applies when the option is not given. */
function withoutIt(option: Option): string {
  const written = defaultText(option);
  if (written !== '') return `Default: ${written}.`;
  return option.otherwise === undefined ? '' : `Without it: ${option.otherwise}.`;
}

/** The default as text; '' where there is none. */
export function defaultText(option: Option): string {
  const value = option.default;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (value === undefined) return '';
  return typeof value === 'object' ? (Array.isArray(value) ? value.join(', ') : '') : String(value);
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length > WIDTH && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
