/** Credentials from a kubeconfig file: tokens, certificates and passwords read here; plugins and proxies through @kubernetes/client-node. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type http from 'node:http';
import { LineCounter, parseDocument } from 'yaml';
import type { Clock } from '../clock.ts';
import { kept, type Access, type Credentials } from './credentials.ts';
import { fieldsOf, listOf, secretOf, textOf, type Fields } from './fields.ts';

/** `context` '' is the file's current one. Rejects with a message that names the file and what it lacks. */
export async function kubeconfigCredentials(path: string, context: string, clock: Clock): Promise<Credentials> {
  const read = async (): Promise<Chosen> => choose(await readConfig(path), path, context);
  const { cluster, user, name } = await read();
  const server = textOf(cluster.server, `${path}: cluster.server`).replace(/\/$/, '');
  if (!['http:', 'https:'].includes(URL.parse(server)?.protocol ?? ''))
    throw new Error(`${path}: the server of context ${name} is "${server}"; it must be a URL such as https://10.0.0.1:6443`);
  // Importing client-node costs 85 MB of resident memory, so it is done only for a plugin or a proxy.
  if ('exec' in user || 'auth-provider' in user || 'proxy-url' in cluster) return pluginCredentials(path, name, server, clock);
  const cache = kept(clock, async () => accessOf(await read(), path));
  // Finds out now, and not at the first request, that a file it names is missing.
  await cache.access();
  return { server, ...cache };
}

interface Chosen {
  readonly name: string;
  readonly cluster: Fields;
  readonly user: Fields;
}

async function readConfig(path: string): Promise<Fields> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Error(`kubeconfig ${path} cannot be read: ${(error as Error).message}; name an existing file`);
  });
  // Nothing of the text may be in an error: it has secrets.
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined)
    throw new Error(`kubeconfig ${path} is not YAML: line ${lines.linePos(error.pos[0]).line}: ${error.message}`, { cause: error });
  const config = document.toJS() as unknown;
  if (typeof config !== 'object' || Array.isArray(config)) throw new Error(`kubeconfig ${path} is not a mapping, as YAML or JSON`);
  return fieldsOf(config, path);
}

function choose(config: Fields, path: string, context: string): Chosen {
  const name = context || textOf(config['current-context'], `${path}: current-context`);
  if (name === '')
    throw new Error(`${path} has no current-context; name one of its contexts: ${namesIn(config.contexts).join(', ') || 'it has none'}`);
  const { cluster, user } = entry(config, 'contexts', 'context', name, path);
  // kubectl writes an empty name where a context has no user.
  const userName = textOf(user, `${path}: context ${name}: user`);
  return {
    name,
    cluster: entry(config, 'clusters', 'cluster', textOf(cluster, `${path}: context ${name}: cluster`), path),
    user: userName === '' ? {} : entry(config, 'users', 'user', userName, path),
  };
}

function entry(config: Fields, list: string, field: string, name: string, path: string): Fields {
  for (const value of listOf(config[list], `${path}: ${list}`)) {
    const named = fieldsOf(value, `${path}: ${list}`);
    if (named.name === name) return fieldsOf(named[field], `${path}: ${field} ${name}`);
  }
  throw new Error(`${path} has no ${field} "${name}"; it has ${namesIn(config[list]).join(', ') || 'none'}`);
}

function namesIn(list: unknown): string[] {
  return listOf(list, 'list').map((value) => textOf(fieldsOf(value, 'entry').name, 'name'));
}

async function accessOf({ cluster, user }: Chosen, path: string): Promise<Access> {
  const token = await contentOf(user, 'token', 'tokenFile', path, false);
  const ca = await contentOf(cluster, 'certificate-authority-data', 'certificate-authority', path, true);
  const cert = await contentOf(user, 'client-certificate-data', 'client-certificate', path, true);
  const key = await contentOf(user, 'client-key-data', 'client-key', path, true);
  const servername = textOf(cluster['tls-server-name'], 'tls-server-name');
  const userName = textOf(user.username, 'username');
  const basic = Buffer.from(`${userName}:${secretOf(user.password, 'password')}`).toString('base64');
  return {
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token.trim()}` }),
      ...(userName !== '' && { authorization: `Basic ${basic}` }),
    },
    tls: {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(servername !== '' && { servername }),
      ...(cluster['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
    },
  };
}

/** Returns a field's content (base64 when `encoded`), or that of the file its sibling field names. As in client-go, tokenFile wins over token. */
async function contentOf(fields: Fields, data: string, file: string, kubeconfig: string, encoded: boolean): Promise<string | undefined> {
  const named = textOf(fields[file], file);
  const inline = secretOf(fields[data], data);
  if (inline !== '' && (encoded || named === '')) return encoded ? Buffer.from(inline, 'base64').toString('utf8') : inline;
  if (named === '') return undefined;
  const path = resolve(dirname(kubeconfig), named);
  return readFile(path, 'utf8').catch((error: unknown) => {
    const { message, code } = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(`${kubeconfig}: ${file} ${path} cannot be read: ${message}; name an existing file`), { code });
  });
}

/** A request waits this long for a plugin, which may be waiting for a person or for a server that is away; it runs on meanwhile, ms. */
const PLUGIN_PATIENCE = 30_000;

async function pluginCredentials(path: string, context: string, server: string, clock: Clock): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const load = (): InstanceType<typeof KubeConfig> => {
    const config = new KubeConfig();
    try {
      config.loadFromFile(path);
    } catch (error) {
      // Behind the first line it shows the text around the mistake, which may be a secret.
      const [reason = ''] = (error as Error).message.split('\n', 1);
      throw new Error(`kubeconfig ${path} cannot be read: ${reason}`, { cause: reason });
    }
    config.setCurrentContext(context);
    return config;
  };
  let config: InstanceType<typeof KubeConfig> | undefined = load();
  const cache = kept(clock, async () => {
    config ??= load();
    const options: http.RequestOptions & Access['tls'] & { auth?: string | null } = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value);
    if (typeof options.auth === 'string') headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const tls = Object.fromEntries(
      Object.entries({ ca: text(ca), cert: text(cert), key: text(key), servername, rejectUnauthorized }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    const proxied = config.getCurrentCluster()?.proxyUrl !== undefined;
    return { headers, tls, ...(proxied && options.agent instanceof Object && { agent: options.agent }) };
  });
  const tooLate = (): never => {
    throw new Error(
      `kubeconfig ${path}: its plugin has given no credentials for ${PLUGIN_PATIENCE / 1000} s; run the command of its user by hand to see what it waits for`,
    );
  };
  return {
    server,
    access() {
      const came = new AbortController();
      return Promise.race([cache.access(), clock.wait(PLUGIN_PATIENCE, came.signal).then(tooLate)]).finally(() => came.abort());
    },
    renew() {
      // Dropping the config drops a plugin's cached credential; the file is read again by the next request, which may fail.
      config = undefined;
      cache.renew();
    },
  };
}

function text(value: string | Buffer | undefined): string | undefined {
  return value?.toString();
}
