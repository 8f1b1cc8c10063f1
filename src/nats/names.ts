import { createHash } from 'node:crypto';

const PLAIN = /^[\w-]{1,64}$/;
/** A text is cut after these, so that the server can tell what begins with them. */
const CUT = /(?<=[ /-])/;

/** What things of a namespace are called at the server. */
export class Names {
  readonly #space: string;

  constructor(namespace: string) {
    this.#space = namespace;
  }

  /** The stream with the messages of a flow. */
  workStream(flow: string): string {
    return `PF_${this.#space}_${token(flow)}_Q`;
  }

  /** One of those that all flows of the namespace share. */
  stream(kind: 'R' | 'X' | 'DOC' | 'M' | 'D'): string {
    return `PF_${this.#space}_${kind}`;
  }

  /** The consumer of a queue, which is a token of its subject as well. */
  consumer(queue: string): string {
    const [node = '', lane] = queue.split('#');
    return PLAIN.test(node) && lane !== undefined && /^\d+$/.test(lane) ? `${node}=${lane}` : token(queue);
  }

  /** Begins all subjects of a queue; a place in it follows, or `>`. */
  queue(flow: string, queue: string): string {
    return `pf.${this.#space}.q.${token(flow)}.${this.consumer(queue)}`;
  }

  /** Subjects of a kind that is stored beside messages, or cast. */
  subject(
    kind: 'answers' | 'cancels' | 'doc' | 'plan' | 'clock' | 'mark' | 'dead' | 'cast',
    ...tokens: readonly string[]
  ): string {
    return ['pf', this.#space, kind, ...tokens].join('.');
  }
}

/** One token of a subject, also of a name of a stream; other names than plain ones are hashed. */
export function token(name: string): string {
  return PLAIN.test(name) ? name : `h=${hash(name)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** Tokens that say a whole text; {@link decoded} has it back. */
export function encoded(text: string): string {
  return text === '' ? '=' : text.split(CUT).map(escaped).join('.');
}

/** The narrowest subject that all texts have which begin so. */
export function encodedPrefix(prefix: string): string {
  const pieces = prefix.split(CUT);
  // The last one may go on, unless it was cut.
  const whole = CUT.test(`${prefix.slice(-1)}.`) ? pieces : pieces.slice(0, -1);
  return [...whole.filter((piece) => piece !== '').map(escaped), '>'].join('.');
}

export function decoded(tokens: string): string {
  if (tokens === '=') return '';
  const text = tokens.replaceAll('.', '');
  if (!text.includes('=')) return text;
  return Buffer.from(
    text.replaceAll(
      /=([\dA-F]{2})|([^=]+)/g,
      (_, byte?: string, plain?: string) => byte ?? Buffer.from(plain!).toString('hex'),
    ),
    'hex',
  ).toString();
}

/** Without spaces, dots, line ends and what else means something in subjects and headers. */
export function escaped(text: string): string {
  if (/^[\w-]*$/.test(text)) return text;
  let all = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    all += /[\w-]/.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return all;
}
