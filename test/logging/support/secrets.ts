import fc from 'fast-check';

/** A secret in a text, and the part of it that must never appear. */
export interface Planted {
  readonly text: string;
  readonly secret: string;
}

const word = (min: number, max: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'.split('')), {
      minLength: min,
      maxLength: max,
    })
    .map((chars) => `Zq${chars.join('')}`);

/** A card number of the given length that passes the Luhn check. */
function cardFrom(digits: number[]): string {
  let sum = 0;
  for (let index = digits.length - 1, double = true; index >= 0; index--, double = !double) {
    const digit = digits[index]!;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return digits.join('') + String((10 - (sum % 10)) % 10);
}

const card = fc
  .tuple(
    fc.constantFrom([4, 1], [5, 1], [5, 5], [2, 3], [6, 5], [6, 2]),
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 13, maxLength: 13 }),
  )
  .map(([first, rest]) => cardFrom([...first, ...rest]));

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** Secrets that are recognised by how they look. */
export const secretText: fc.Arbitrary<Planted> = fc.oneof(
  word(12, 60).chain((secret) =>
    fc
      .constantFrom('Bearer', 'bearer', 'BASIC', 'Authorization: Bearer')
      .map((scheme) => ({ text: `${scheme} ${secret}`, secret })),
  ),
  fc.tuple(word(5, 30), word(20, 60)).map(([subject, signature]) => {
    const claims = base64url(JSON.stringify({ sub: subject }));
    return { text: `${base64url('{"alg":"HS256","typ":"JWT"}')}.${claims}.${signature}`, secret: claims };
  }),
  word(40, 300).chain((secret) =>
    fc.constantFrom('', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED ').map((kind) => ({
      text: `-----BEGIN ${kind}PRIVATE KEY-----\n${secret.replace(/(.{64})/g, '$1\n')}\n-----END ${kind}PRIVATE KEY-----`,
      secret: secret.slice(0, 40),
    })),
  ),
  fc
    .tuple(fc.constantFrom('https', 'postgres', 'redis', 'amqp+ssl'), word(0, 10), word(4, 40))
    .map(([scheme, user, secret]) => ({
      text: `${scheme}://${user}:${secret}@db.example:5432/orders?x=1`,
      secret,
    })),
  fc.tuple(card, fc.constantFrom('', ' ', '-')).map(([digits, gap]) => {
    const text = digits.replace(/(\d{4})(?=\d)/g, `$1${gap}`);
    return { text, secret: text };
  }),
  fc
    .tuple(fc.constantFrom('ghp_', 'xoxb-', 'sk_live_', 'AIza', 'glpat-', 'npm_', 'sk-'), word(36, 40))
    .map(([prefix, rest]) => ({ text: prefix + rest, secret: rest })),
  fc
    .tuple(
      fc.constantFrom('password', 'api_key', 'access-token', 'clientSecret', 'db.password'),
      fc.constantFrom('=', ': ', '" : "', "':'", ' = '),
      word(4, 40),
    )
    .map(([key, separator, secret]) => ({ text: `${key}${separator}${secret}`, secret })),
  fc.tuple(fc.constantFrom('token', 'api_key', 'X-Amz-Credential', 'sig_secret'), word(4, 40)).map(([key, secret]) => ({
    text: `https://example.test/a/b?page=1&${key}=${secret}&z=2`,
    secret,
  })),
);

const NAMES = [
  'password',
  'api key',
  'access token',
  'client secret',
  'private key',
  'authorization',
  'set cookie',
  'db credentials',
  'refresh token',
  'card number',
  'cvv',
  'otp',
];

/** A secret key in some case and separator style. */
export const secretKey: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...NAMES),
    fc.constantFrom('', 'my ', 'x '),
    fc.constantFrom('camel', 'pascal', 'snake', 'kebab', 'dot', 'space', 'constant', 'train', 'flat'),
  )
  .map(([name, prefix, style]) => styled(`${prefix}${name}`.split(' '), style));

function styled(words: string[], style: string): string {
  const capital = words.map((part) => part[0]!.toUpperCase() + part.slice(1));
  switch (style) {
    case 'camel':
      return words[0]! + capital.slice(1).join('');
    case 'pascal':
      return capital.join('');
    case 'snake':
      return words.join('_');
    case 'kebab':
      return words.join('-');
    case 'dot':
      return words.join('.');
    case 'space':
      return words.join(' ');
    case 'constant':
      return words.join('_').toUpperCase();
    case 'train':
      return capital.join('-');
    default:
      return words.join('');
  }
}

/** A secret that only its key gives away. */
export const opaqueSecret: fc.Arbitrary<string> = word(8, 40);

/** Puts a value somewhere inside an ordinary structure. */
export const wrapping: fc.Arbitrary<(value: unknown) => unknown> = fc
  .array(
    fc.constantFrom<((value: unknown) => unknown)[]>(
      (value) => ({ a: 1, inner: value, z: null }),
      (value) => ['x', value, 2],
      (value) => new Map<unknown, unknown>([['k', value]]),
      (value) => new Set([1, value]),
      (value) => ({ toJSON: () => ({ nested: value }) }),
      (value) => Object.assign(new Error('outer'), { details: value }),
      (value) => new Error('outer', { cause: value }),
      (value) => new AggregateError([value, new Error('other')], 'many'),
      (value) => Object.create({ inherited: true }, { own: { value, enumerable: true } }) as unknown,
    ),
    { maxLength: 4 },
  )
  .map((layers) => (value: unknown) => layers.reduce((inner, layer) => layer(inner), value));
