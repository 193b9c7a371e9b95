import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { inClusterCredentials } from './credentials.ts';
import { kubeconfigCredentials } from './kubeconfig.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'credentials-'))));
afterEach(() => rm(folder, { recursive: true }));

describe('in a pod', () => {
  const environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

  test.each([
    ['10.96.0.1', 'https://10.96.0.1:443'],
    ['fd00::1', 'https://[fd00::1]:443'],
  ])('the API server at %s', (host, url) => {
    expect(
      inClusterCredentials({ environment: { ...environment, KUBERNETES_SERVICE_HOST: host }, folder, clock: fakeClock() }).server,
    ).toBe(url);
  });

  test('token and CA are read again after a minute, or when they were refused', async () => {
    const clock = fakeClock();
    await write('token', 'one\n');
    await write('ca.crt', 'ca 1');
    const credentials = inClusterCredentials({ environment, folder, clock });
    const seen = async (): Promise<unknown[]> => {
      const { headers, tls } = await credentials.access();
      return [headers.authorization, tls.ca];
    };
    expect(await seen()).toEqual(['Bearer one', 'ca 1']);
    await write('token', 'two');
    await write('ca.crt', 'ca 2');
    await clock.advance(59_000);
    expect(await seen()).toEqual(['Bearer one', 'ca 1']);
    await clock.advance(1_000);
    expect(await seen()).toEqual(['Bearer two', 'ca 2']);
    await write('token', 'three');
    credentials.renew();
    expect(await seen()).toEqual(['Bearer three', 'ca 2']);
  });

  test('a token that cannot be read is tried again at the next request', async () => {
    const credentials = inClusterCredentials({ environment, folder, clock: fakeClock() });
    await expect(credentials.access()).rejects.toThrow('ENOENT');
    await write('token', 'one');
    await write('ca.crt', 'ca');
    await expect(credentials.access()).resolves.toMatchObject({ headers: { authorization: 'Bearer one' } });
  });
});

describe('a kubeconfig', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  async function config(user: string, cluster = '', context = ''): Promise<string> {
    const path = join(folder, 'config');
    await writeFile(
      path,
      `apiVersion: v1
kind: Config
current-context: here
contexts:
  - { name: here, context: { cluster: c, user: u } }
  - { name: nobody, context: { cluster: c } }
  - { name: unset, context: { cluster: c, user: "" } }
  - { name: lost, context: { cluster: gone, user: u } }
clusters:
  - { name: c, cluster: { server: "https://10.0.0.1:6443/prefix/", ${cluster} } }
users:
  - { name: u, user: { ${user} } }
${context}`,
    );
    return path;
  }
  const access = async (path: string, context = '') => (await kubeconfigCredentials(path, context, fakeClock())).access();

  test('token, CA and server', async () => {
    const path = await config('token: secret, username: ""', `certificate-authority-data: ${base64('CA')}, tls-server-name: kube`);
    expect((await kubeconfigCredentials(path, '', fakeClock())).server).toBe('https://10.0.0.1:6443/prefix');
    expect(await access(path)).toEqual({ headers: { authorization: 'Bearer secret' }, tls: { ca: 'CA', servername: 'kube' } });
  });

  test('a token file wins over a token; files are found beside the kubeconfig', async () => {
    await writeFile(join(folder, 'token'), 'from-file\n');
    await writeFile(join(folder, 'cert'), 'CERT');
    const path = await config(
      `token: inline, tokenFile: token, client-certificate: cert, client-key-data: ${base64('KEY')}`,
      'insecure-skip-tls-verify: true',
    );
    expect(await access(path)).toEqual({
      headers: { authorization: 'Bearer from-file' },
      tls: { cert: 'CERT', key: 'KEY', rejectUnauthorized: false },
    });
  });

  test('user name and password', async () => {
    expect(await access(await config('username: a, password: b'))).toEqual({
      headers: { authorization: `Basic ${base64('a:b')}` },
      tls: {},
    });
  });

  test.each(['nobody', 'unset'])('a context without a user is anonymous: %s', async (context) => {
    expect(await access(await config('token: x'), context)).toEqual({ headers: {}, tls: {} });
  });

  test('an exec plugin gives the token, and is run again when it was refused', async () => {
    const script = `const n = require('fs').existsSync('${folder}/ran'); require('fs').writeFileSync('${folder}/ran', ''); console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: n ? 'second' : 'first' } }))`;
    await writeFile(join(folder, 'plugin.cjs'), script);
    const path = await config(
      `exec: { apiVersion: client.authentication.k8s.io/v1, command: "${process.execPath}", args: ["${folder}/plugin.cjs"], interactiveMode: Never }`,
    );
    const credentials = await kubeconfigCredentials(path, '', fakeClock());
    expect((await credentials.access()).headers).toMatchObject({ authorization: 'Bearer first' });
    expect((await credentials.access()).headers).toMatchObject({ authorization: 'Bearer first' });
    credentials.renew();
    expect((await credentials.access()).headers).toMatchObject({ authorization: 'Bearer second' });
  });

  test('a plugin that hangs is said', async () => {
    const clock = fakeClock();
    const path = await config('exec: { apiVersion: client.authentication.k8s.io/v1, command: sleep, args: ["3"], interactiveMode: Never }');
    const credentials = await kubeconfigCredentials(path, '', clock);
    const refused = expect(credentials.access()).rejects.toThrow(
      /kubeconfig .*: its plugin has given no credentials for 30 s; run the command of its user by hand to see what it waits for/,
    );
    await clock.advance(30_000);
    await refused;
    expect(clock.waiting).toBe(0);
  });

  test('one that cannot be read when the credentials were refused is read when it can be', async () => {
    const path = await config('exec: { apiVersion: client.authentication.k8s.io/v1, command: "false", interactiveMode: Never }');
    const credentials = await kubeconfigCredentials(path, '', fakeClock());
    await rm(path);
    credentials.renew();
    await expect(credentials.access()).rejects.toThrow('ENOENT');
    await config('token: given');
    expect((await credentials.access()).headers).toMatchObject({ authorization: 'Bearer given' });
  });

  test('what is wrong is said', async () => {
    const clock = fakeClock();
    await expect(kubeconfigCredentials(join(folder, 'none'), '', clock)).rejects.toThrow(
      /kubeconfig .*none cannot be read: ENOENT.*name an existing file/,
    );
    const path = await config('token: x');
    await expect(kubeconfigCredentials(path, 'there', clock)).rejects.toThrow(/has no context "there"; it has here, nobody, unset, lost/);
    await expect(kubeconfigCredentials(path, 'lost', clock)).rejects.toThrow(/has no cluster "gone"; it has c/);
    await writeFile(path, (await readFile(path, 'utf8')).replace('https:', 'ftp:'));
    await expect(kubeconfigCredentials(path, '', clock)).rejects.toThrow(
      /the server of context here is "ftp:.*; it must be a URL such as https:/,
    );
    await config('token: x', 'certificate-authority: none.crt');
    await expect(kubeconfigCredentials(path, '', clock)).rejects.toThrow(
      `${path}: certificate-authority ${folder}/none.crt cannot be read: ENOENT`,
    );
    await writeFile(path, 'a: [');
    await expect(kubeconfigCredentials(path, '', clock)).rejects.toThrow(/is not YAML: .*line 1/s);
    await writeFile(path, 'kind: Config');
    await expect(kubeconfigCredentials(path, '', clock)).rejects.toThrow('has no current-context; name one of its contexts: it has none');
    await writeFile(path, '[]');
    await expect(kubeconfigCredentials(path, '', clock)).rejects.toThrow('is not a mapping');
  });

  test.each([
    ['no YAML', 'users:\n- user:\n    token: SECRET: x\n', 'is not YAML: line 3:'],
    ['no mapping', 'SECRET', 'is not a mapping'],
  ])('no error shows a secret: %s', async (_, text, says) => {
    const path = join(folder, 'config');
    await writeFile(path, text);
    const { message } = (await access(path).catch((error: unknown) => error as Error)) as Error;
    expect(message).toContain(says);
    expect(message).not.toContain('SECRET');
  });

  test.each(['token: [SECRET]', 'client-key-data: { a: SECRET }', 'username: me, password: [SECRET]'])(
    'nor where it is no text: %s',
    async (user) => {
      const { message } = (await access(await config(user)).catch((error: unknown) => error as Error)) as Error;
      expect(message).toMatch(/is not a string/);
      expect(message).not.toContain('SECRET');
    },
  );
});
