/**
 * Key names that hold secrets. A key is compared without case and separators, so `apiKey`, `API_KEY`, `api-key` and
 * `Api Key` are one name.
 */
const ANYWHERE: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'apikey',
  'accesskey',
  'privatekey',
  'encryptionkey',
  'signingkey',
  'authkey',
  'credential',
  'authorization',
  'authtoken',
  'bearer',
  'cookie',
  'connectionstring',
  'creditcard',
  'cardnumber',
  'securitycode',
  'socialsecurity',
];

/** Names that are secret only as the last word of a key: `token` and `accessToken` are, `tokenCount` is not. */
const AT_END: readonly string[] = ['token', 'tokens', 'pwd', 'jwt', 'otp', 'csrf', 'xsrf', 'cvv', 'cvc', 'ssn', 'sas'];

/** Names that are secret only when they are the whole key; as parts they are in too many innocent words. */
const WHOLE: ReadonlySet<string> = new Set(['pin', 'auth', 'pass', 'pan', 'sessionid', 'sid']);

const MAX_CACHED = 2000;
const MAX_KEY_CHARS = 256;
const SEPARATORS = /[^\p{L}\p{N}]+/gu;

/** Decides whether a key names a secret; answers are kept, because lines use the same keys again and again. */
export class SecretKeys {
  readonly #names: readonly string[];
  readonly #patterns: readonly RegExp[];
  readonly #known = new Map<string, boolean>();

  /** @param own - more keys: names (compared like the built-in ones) or patterns (tested on the key as it is) */
  constructor(own: readonly (string | RegExp)[] = []) {
    this.#names = own.filter((key) => typeof key === 'string').map(normalizeKey);
    this.#patterns = own
      .filter((key) => key instanceof RegExp)
      .map((key) => new RegExp(key.source, key.flags.replace(/[gy]/g, '')));
  }

  has(key: string): boolean {
    let secret = this.#known.get(key);
    if (secret === undefined) {
      secret = this.#decide(key);
      if (this.#known.size < MAX_CACHED && key.length <= MAX_KEY_CHARS) this.#known.set(key, secret);
    }
    return secret;
  }

  #decide(key: string): boolean {
    const short = key.length > MAX_KEY_CHARS ? key.slice(-MAX_KEY_CHARS) : key;
    const name = normalizeKey(short);
    if (WHOLE.has(name) || this.#names.includes(name)) return true;
    if (ANYWHERE.some((part) => name.includes(part)) || AT_END.some((part) => name.endsWith(part))) return true;
    return this.#patterns.some((pattern) => pattern.test(short));
  }
}

/** `budget_tokens: 512` counts what a language model reads; only a text or a list under such a key is a secret. */
export function isCountKey(key: string): boolean {
  return normalizeKey(key).endsWith('tokens');
}

/** Lower case, letters and digits only. */
function normalizeKey(key: string): string {
  return key.replace(SEPARATORS, '').toLowerCase();
}
