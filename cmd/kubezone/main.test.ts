import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('main.ts', import.meta.url));

test.each<[string, number, RegExp, RegExp]>([
  ['version', 0, /^kubezone \d+\.\d+\.\d+ \(Node v\d+/, /^$/],
  ['serve --help', 0, /^Answers for the cluster/, /^$/],
  [
    'serve --ttl x --config /nowhere.yaml',
    64,
    /^$/,
    /^kubezone: flag --ttl: "x" is not .*\nkubezone: flag --config: cannot read "\/nowhere\.yaml": ENOENT.*\n$/,
  ],
  [
    'serve --example --listen 127.0.0.1:0 --query-log-file /nowhere/queries.log',
    1,
    /^$/,
    /^kubezone: --query-log-file \/nowhere\/queries\.log cannot be written \(ENOENT.*\): name a file in a folder that is there /,
  ],
  [
    'serve --example --listen 127.0.0.1:0 --admin 127.0.0.1:0 --listen-tls 127.0.0.1:0 --tls-cert /nowhere/tls.crt --tls-key /nowhere/tls.key --log-level error',
    1,
    /^$/,
    /^kubezone: --tls-(cert|key): cannot read \/nowhere\/tls\.(crt|key): there is no such file; give the path of one\n$/,
  ],
  ['bogus', 64, /^$/, /^kubezone: there is no command "bogus"; there are serve, /],
])(
  'the program, run with %j',
  (line, code, out, err) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...line.split(' ')], { encoding: 'utf8' });
    expect(stderr).toMatch(err);
    expect(stdout).toMatch(out);
    expect(status).toBe(code);
  },
  // Starting the program takes seconds of a core, on a machine that others use too.
  90_000,
);

test('a reader that has seen enough ends it quietly', () => {
  const { stdout, stderr } = spawnSync('sh', ['-c', '"$0" "$1" help serve | head -n 1', process.execPath, program], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['Answers for the cluster, and forwards and caches every other name.\n', '']);
});
