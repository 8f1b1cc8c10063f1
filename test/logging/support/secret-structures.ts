import { createContext, runInContext } from 'node:vm';

/** A value with a secret somewhere in it. */
export interface SecretStructure {
  readonly name: string;
  readonly value: (secret: string) => unknown;
}

const structure = (name: string, value: (secret: string) => unknown): SecretStructure => ({ name, value });

const realm = createContext({});
/** A value of another realm, made by an expression of one argument. */
const foreign = <T>(expression: string, argument: unknown): T =>
  (runInContext(`(${expression})`, realm) as (value: unknown) => T)(argument);

class Account {
  readonly user = 'ada';
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  toJSON(): unknown {
    return { user: this.user, auth: { token: this.#token } };
  }
}

/** Values whose shape or keys give a secret away. */
export const SECRET_STRUCTURES: readonly SecretStructure[] = [
  structure('an object', (s) => ({ user: 'ada', password: s })),
  structure('a list under a secret key', (s) => ({ tokens: [s, { deep: s }] })),
  structure('an object under a secret key', (s) => ({ cookies: { anything: s } })),
  structure('header pairs', (s) => ({ headers: [['accept', '*/*'], ['authorization', s]] })), // prettier-ignore
  structure('a pair with a list', (s) => ['set-cookie', [s, s]]),
  structure('rawHeaders', (s) => ({ rawHeaders: ['Host', 'h', 'X-Api-Key', s, 'Accept', '*/*'] })),
  structure('name and value', (s) => ({ env: [{ name: 'API_KEY', value: s }] })),
  structure('value and name', (s) => ({ env: [{ value: s, name: 'API_KEY' }] })),
  structure('Key and Value', (s) => ({ Tags: [{ Key: 'db_password', Value: s }] })),
  structure('what a validator says', (s) => ({
    property: 'password',
    value: s,
    constraints: { minLength: 'too short' },
  })),
  structure('a path and its value', (s) => ({ path: ['user', 'password'], input: s })),
  structure('arguments', (s) => ({ argv: ['mysql', '-u', 'root', '--password', s, 'db'] })),
  structure('short flag', (s) => ['sshpass', '-p', s, 'ssh']),
  structure('user flag', (s) => ['curl', '-u', `ada:${s}`, 'https://h.test']),
  structure('a flag with =', (s) => ['run', `--api-key=${s}`]),
  structure('a map', (s) => new Map([['clientSecret', s]])),
  structure('a map of maps', (s) => new Map([['a', new Map([['tokens', [s]]])]])),
  structure('a map of pairs', (s) => new Map([[{ id: 1 }, ['password', s]]])),
  structure('a set', (s) => ({ passwords: new Set([s]) })),
  structure('sets, maps and classes under a name that may count', (s) => ({
    tokens: new Set([s]),
    more: { tokens: new Map([[s, 1]]), pass: [{ toJSON: () => s }] },
    last: { tokens: new Error(s), inner: { tokens: { toJSON: () => s } } },
  })),
  structure('a command and its arguments', (s) => ({ command: { name: 'auth', args: [s] } })),
  structure('a query of a driver', (s) =>
    Object.assign(new Error('refused'), { sql: `INSERT INTO users (name, password) VALUES ('ada', '${s}')` }),
  ),
  structure('a pointer of a validator', (s) => ({ validation: [{ instancePath: '/user/password', data: s }] })),
  structure('base64 of JSON', (s) => ({ body: Buffer.from(JSON.stringify({ password: s })).toString('base64') })),
  structure('a set with a pair', (s) => new Set(['password', s])),
  structure('Headers', (s) => new Headers({ authorization: s, 'x-api-key': s, accept: 'x' })),
  structure('URLSearchParams', (s) => new URLSearchParams({ token: s, page: '1' })),
  structure('FormData', (s) => {
    const form = new FormData();
    form.append('password', s);
    return form;
  }),
  structure('a URL', (s) => new URL(`https://ada:${s}@h.test/x?token=${s}`)),
  structure('an error', (s) => new Error(`password=${s}`)),
  structure('an error’s cause', (s) => new Error('outer', { cause: new TypeError(`token: ${s}`) })),
  structure('an error’s properties', (s) =>
    Object.assign(new Error('refused'), { config: { headers: { Authorization: s } } }),
  ),
  structure(
    'the errors of an AggregateError',
    (s) => new AggregateError([new Error(`pwd=${s}`), { password: s }], 'all failed'),
  ),
  structure('errors of a validator', (s) =>
    Object.assign(new Error('invalid'), { errors: { password: { value: s, path: 'password' } } }),
  ),
  structure('an error of another realm', (s) =>
    foreign('(s) => Object.assign(new Error(`password=${s}`), { apiKey: s })', s),
  ),
  structure('a map of another realm', (s) => foreign('(s) => new Map([["password", s]])', s)),
  structure('an object of another realm', (s) => foreign('(s) => ({ list: [["cookie", s]] })', s)),
  structure('an instance with toJSON', (s) => ({ account: new Account(s) })),
  structure('a getter', (s) => Object.defineProperty({}, 'secret', { enumerable: true, get: () => s })),
  structure('a getter that throws', (s) =>
    Object.defineProperty({ password: s }, 'bad', {
      enumerable: true,
      get: () => {
        throw Object.assign(new Error('no'), { name: `token=${s}` });
      },
    }),
  ),
  structure('a symbol', (s) => ({ kind: Symbol(`password=${s}`) })),
  structure('a function', (s) => Object.defineProperty(() => {}, 'name', { value: `token=${s}` })),
  structure('a key', (s) => ({ [`token=${s}`]: 1, [`Bearer ${s}`]: 2 })),
  structure('a key of a map', (s) => new Map([[`password: ${s}`, 1]])),
  structure('a boxed text', (s) => ({ note: Object(`password=${s}`) as unknown })),
  structure('JSON as a field', (s) => ({ body: JSON.stringify({ login: { pwd: s } }) })),
  structure('a JSON web key', (s) => ({ kty: 'EC', crv: 'P-256', x: 'a', d: s })),
  structure('an object without a prototype', (s) => Object.assign(Object.create(null) as object, { passphrase: s })),
  structure('deep', (s) => ({ a: [{ b: new Map([['c', [{ d: { api_key: s } }]]]) }] })),
];
