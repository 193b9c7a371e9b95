import { expect, test } from 'vitest';
import { commandOptions } from '../../src/config/command-options.ts';
import { options } from '../../src/config/options.ts';
import type { Command, Run } from './command.ts';
import { commands as realCommands } from './commands.ts';
import { dispatch, type World } from './dispatch.ts';
import { helpOf, overview } from './help.ts';

const row = (name: string, run: Run, more: Partial<Command> = {}): Command => ({
  name,
  does: `Does ${name}.`,
  takes: '',
  count: [0, 0],
  reads: ['Source'],
  load: () => Promise.resolve(run),
  ...more,
});

const commands: readonly Command[] = [
  row('serve', (options, { print }) => {
    print(`ttl ${options.ttl}\n`);
    return Promise.resolve(0);
  }),
  row(
    'explain',
    (_, { positionals, print }) => {
      print(`${positionals.join('+')}\n`);
      return Promise.resolve(3);
    },
    { takes: 'NAME [TYPE]', count: [1, 2] },
  ),
  row('fail', () => Promise.reject(new Error('no such cluster: name another'))),
  row('crash', () => Promise.reject(new TypeError('x is undefined'))),
  row('stopped', (_, { signal }) => Promise.reject(signal.reason as Error)),
];

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(argv: readonly string[], table = commands, world: Partial<World> = {}): Promise<Ended> {
  let out = '';
  let err = '';
  const code = await dispatch(argv, table, {
    signal: new AbortController().signal,
    environment: {},
    readFile: () => '',
    print: (text) => void (out += text),
    complain: (line) => void (err += `${line}\n`),
    ...world,
  });
  return { code, out, err };
}

test.each<[string, number, string, string]>([
  ['serve', 0, 'ttl 30\n', ''],
  ['serve --ttl 5', 0, 'ttl 5\n', ''],
  ['explain a.test', 3, 'a.test\n', ''],
  ['explain a.test AAAA --ttl 5', 3, 'a.test+AAAA\n', ''],
  ['explain -- --version', 3, '--version\n', ''],
  ['explain', 64, '', 'kubezone: explain takes NAME [TYPE]; it was given nothing\n'],
  ['explain a b c', 64, '', 'kubezone: explain takes NAME [TYPE]; it was given "a" "b" "c"\n'],
  ['serve now', 64, '', 'kubezone: serve takes only options; it was given "now"\n'],
  [
    'serve --ttl x --tll',
    64,
    '',
    'kubezone: flag --tll: there is no such option; did you mean --ttl?\nkubezone: flag --ttl: "x" is not a whole number from 0 to 86400\n',
  ],
  ['serv', 64, '', 'kubezone: there is no command "serv"; did you mean serve?\n'],
  ['', 64, '', 'kubezone: give a command; there are serve, explain, fail, crash, stopped, help\n'],
  ['--ttl 5 serve', 64, '', 'kubezone: give a command before --ttl; there are serve, explain, fail, crash, stopped, help\n'],
  [
    'help nothing-like-it',
    64,
    '',
    'kubezone: there is no command "nothing-like-it"; there are serve, explain, fail, crash, stopped, help\n',
  ],
  ['fail', 1, '', 'kubezone: no such cluster: name another\n'],
])('kubezone %s: %i', async (line, code, out, err) => {
  expect(await run(line.split(' ').filter((word) => word !== ''))).toEqual({ code, out, err });
});

test.each([['--help'], ['-h'], ['help'], ['help --help']])('kubezone %s lists the commands', async (line) => {
  expect(await run(line.split(' '))).toEqual({ code: 0, out: overview(commands), err: '' });
});

test.each([['help explain'], ['explain --help'], ['explain a -h'], ['help explain --help'], ['explain --bogus --help']])(
  'kubezone %s shows the options',
  async (line) => {
    expect(await run(line.split(' '))).toEqual({ code: 0, out: helpOf(commands[1]!), err: '' });
  },
);

test.each([
  [['Commands'], ['--json', '--with', '--server', '--file', '--ttl-tolerance']],
  [
    ['--admin', '--json'],
    ['--admin', '--json'],
  ],
  [[], []],
])('help of a command that reads %j shows these options alone', (reads, names) => {
  const help = helpOf(row('one', () => Promise.resolve(0), { reads }));
  expect(Array.from(help.matchAll(/^ {2}--(?:\[no-\])?([a-z-]+)/gm), ([, name]) => `--${name}`)).toEqual(names);
});

test.each([['--version'], ['serve --version'], ['help --version'], ['version']])('kubezone %s', async (line) => {
  expect(await run(line.split(' '), realCommands)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^kubezone \d+\.\d+\.\d+ \(Node v\d+/) as string,
    err: '',
  });
});

test('a defect comes with its stack', async () => {
  const { code, err } = await run(['crash']);
  expect(code).toBe(1);
  expect(err).toMatch(/^kubezone: a defect of kubezone: please report it with this:\nTypeError: x is undefined\n +at /);
});

test('several errors have a line each', async () => {
  const several = row('several', () => Promise.reject(new AggregateError([new Error('no a'), new Error('no b')])));
  expect(await run(['several'], [several])).toEqual({ code: 1, out: '', err: 'kubezone: no a\nkubezone: no b\n' });
});

test('an end for the sake of the signal is clean', async () => {
  expect(await run(['stopped'], commands, { signal: AbortSignal.abort() })).toEqual({ code: 0, out: '', err: '' });
});

test('a command can read the options again', async () => {
  let text = 'ttl: 5';
  const again = row('again', (options, { loadAgain, print }) => {
    text = 'ttl: 6';
    const fresh = loadAgain();
    print(`${options.ttl} ${'errors' in fresh ? 'refused' : fresh.options.ttl}`);
    return Promise.resolve(0);
  });
  expect(await run(['again', '--config', 'kubezone.yaml'], [again], { readFile: () => text })).toEqual({ code: 0, out: '5 6', err: '' });
});

test('help fits 80 columns and names every option of the command', () => {
  for (const text of [overview(realCommands), ...realCommands.map(helpOf)]) {
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  }
  const help = helpOf(realCommands.find((command) => command.name === 'serve')!);
  expect(help.replace(/\s+/g, ' ')).toContain('The file has no key for: --config, --example.');
  expect(help).toMatch(/\n {2}--\[no-\]prefetch\n( {6}.*\n)* {6}.*Default: on\.\n/);
  expect(help).toMatch(/\n {2}--zones NAME=UPSTREAM,… \(repeatable\)\n/);
  for (const option of options.filter((row) => !commandOptions.some(({ name }) => name === row.name))) {
    expect(help).toContain(option.type === 'boolean' ? `\n  --[no-]${option.name}\n` : `\n  --${option.name} `);
  }
});

test('what a command finds wrong is told with the rest, now and when it reads the options again', async () => {
  let text = 'ttl: 5';
  const judging = row(
    'judge',
    (_, { loadAgain, print }) => {
      text = 'ttl: 7';
      const fresh = loadAgain();
      print('errors' in fresh ? fresh.errors.map(({ message }) => message).join('\n') : 'taken');
      return Promise.resolve(0);
    },
    { check: () => Promise.resolve(({ ttl }) => (ttl === 7 ? [{ option: 'ttl', problem: '7 brings luck; give another' }] : [])) },
  );
  const told = (argv: readonly string[]): Promise<Ended> =>
    run(['judge', '--config', 'kz.yaml', ...argv], [judging], { readFile: () => text });
  expect(await told(['--threads=x', '--ttl=7'])).toMatchObject({
    code: 64,
    err: expect.stringMatching(/^kubezone: flag --threads: "x" is not .*\nkubezone: flag --ttl: 7 brings luck; give another\n$/) as string,
  });
  expect(await told([])).toEqual({ code: 0, out: 'kz.yaml:1: ttl 7 brings luck; give another', err: '' });
});

test('every command can be loaded', async () => {
  for (const command of realCommands) expect(typeof (await command.load())).toBe('function');
});
