import { eachMatch } from './each-match.js';
import type { HiddenSpans } from './hidden-spans.js';

/** `-----BEGIN RSA PRIVATE KEY-----`, also of PGP and of SSH2 with its four dashes. */
const PRIVATE_KEY = /-{4,5} ?BEGIN [A-Z\d ]{0,48}PRIVATE KEY(?: BLOCK)? ?-{4,5}/g;
const DASHES = /-{4,5} ?END [A-Z\d ]{0,64}-{4,5}/g;
/** Where JSON web tokens may be: a run of base64url digits and dots. */
const DOTTED_RUN = /[\w.-]{20,}/g;
/** What the tokens of services begin with, and what may follow. */
const SERVICE_TOKEN = new RegExp(
  `(?<![A-Za-z\\d])(?:${[
    '(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z\\d])[A-Z\\d]{16}',
    'ABSK[\\w+/=]{40,}',
    'LTAI[A-Za-z\\d]{16,}',
    'gh[pousr]_\\w{20,}',
    'github_pat_\\w{20,}',
    'gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\\w.-]{16,}',
    'GR1348941[\\w-]{16,}',
    'xox[abeoprs](?:\\.xox[bp])?-[\\w-]{10,}',
    'xapp-\\d-[\\w-]{10,}',
    '(?:[srp]k|rk)_(?:live|test|prod)_\\w{10,}',
    'whsec_[\\w+/=]{16,}',
    'AIza[\\w-]{30,}',
    'ya29\\.[\\w-]{16,}',
    'GOCSPX-[\\w-]{16,}',
    '1//0[\\w-]{24,}',
    'npm_\\w{20,}',
    'pypi-[\\w-]{24,}',
    'rubygems_[a-f\\d]{32,}',
    'sk-(?=[\\w-]{0,64}[A-Z\\d])[\\w-]{20,}',
    'SG\\.[\\w-]{16,}\\.[\\w-]{16,}',
    'SK[a-f\\d]{32}(?![A-Za-z\\d])',
    '\\d{8,10}:AA[\\w-]{30,}',
    'do[opr]_v1_[a-f\\d]{32,}',
    'dp\\.(?:pt|st|ct|sa|scim|audit)\\.[\\w.-]{24,}',
    'dapi[a-f\\d]{32}',
    'dckr_(?:pat|oat)_[\\w-]{16,}',
    'hf_[A-Za-z]{30,}',
    'shp(?:at|ca|pa|ss)_[A-Fa-f\\d]{32}',
    'sq0[a-z]{3}-[\\w-]{22,}',
    'EAA[A-Za-z\\d]{60,}',
    'lin_(?:api|oauth)_\\w{32,}',
    'ntn_[A-Za-z\\d]{32,}',
    'hv[bsr]\\.[\\w-]{20,}',
    '[\\w-]{14}\\.atlasv1\\.[\\w-]{40,}',
    'pscale_(?:tkn|pw|oauth)_[\\w.=-]{24,}',
    'PMAK-[a-f\\d]{24}-[a-f\\d]{30,}',
    'gl(?:sa|c)_[\\w+/=]{24,}',
    'nrak-[a-z\\d]{20,}|NRAK-[A-Z\\d]{20,}',
    'sntry[su]_[\\w+/=-]{32,}',
    'sbp_[a-f\\d]{32,}',
    'r8_[A-Za-z\\d]{32,}',
    'gsk_[A-Za-z\\d]{32,}',
    'xai-[A-Za-z\\d]{32,}',
    'pplx-[A-Za-z\\d]{32,}',
    'ATATT3[\\w=-]{40,}',
    'ATBB[\\w=-]{24,}',
    'fo1_[\\w-]{32,}|fm[12][ar]?_[\\w+/=-]{40,}',
    'HRKU-[\\w-]{30,}',
    'pul-[a-f\\d]{32,}',
    'xkeysib-[a-f\\d]{32,}(?:-\\w{8,})?',
    'tk-us-[\\w-]{32,}',
    'sha256~[\\w-]{40,}',
    'AGE-SECRET-KEY-1[A-Z\\d]{40,}',
    '\\$2[abxy]?\\$\\d\\d\\$[./A-Za-z\\d]{53}',
    '\\$argon2(?:id|i|d)\\$[\\w+/=,$.-]{20,}',
  ].join('|')})`,
  'g',
);
/** What is shorter is no token. */
const LONG_RUNS = /(?<![\w.~+/=:$,-])[\w.~+/=:$,-]{15,}/g;
/** Addresses that whoever knows them may post to. */
const WEB_HOOK =
  /(?:hooks\.slack\.com\/(?:services|workflows|triggers)|discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks|webhook\.office\.com\/webhookb2|api\.telegram\.org\/bot)\/?(?=[\w%])/g;
/** Links that let whoever has them in: `/reset-password/…`. */
const LINK =
  /\/[\w-]{0,24}(?:(?:reset|forgot|change|set)[-_]?(?:pass|pw)|pass(?:word)?[-_]?reset|magic|recover)[\w-]{0,24}\/(?![\w.-]{1,128}\.(?:[cm]?[jt]sx?|vue|html?|py|java|go|rb|php)\b)(?=[\w~.%+=-]{0,64}\d)(?=[\w~.%+=-]{16})/gi;
const ADDRESS_END = /[\s"'`<>]/;

/** What JSON of an object looks like in base64, on one line or on several. */
const ENCODED_JSON = /(?<![\w+/=-])(?:eyJ|eyAi|ewog|ew0K)[\w+/-]{12,}/g;

/** JSON that was written as base64. */
export function encodedJson(text: string, found: (json: string, start: number, end: number) => void): void {
  if (!text.includes('ey') && !text.includes('ew')) return;
  eachMatch(ENCODED_JSON, text, ({ 0: run, index }) => {
    const end = index + run.length;
    if (text[end] !== '.') found(Buffer.from(run, 'base64').toString('utf8'), index, end);
  });
}

/** Hides what is secret by its form, whatever it is called: private keys, JSON web tokens, the tokens and web hooks of services. */
export function hideKeyMaterial(text: string, spans: HiddenSpans): void {
  hidePrivateKeys(text, spans);
  if (text.includes('eyJ')) hideWebTokens(text, spans);
  hideServiceTokens(text, spans);
  if (text.includes('hook') || text.includes('/bot')) hideAddresses(WEB_HOOK, text, spans);
  if (text.includes('/')) hideAddresses(LINK, text, spans);
}

/** Tokens of services are in runs without spaces, of which most texts have none that is long enough. */
function hideServiceTokens(text: string, spans: HiddenSpans): void {
  eachMatch(LONG_RUNS, text, ({ 0: run, index: start }) => {
    eachMatch(SERVICE_TOKEN, run, ({ 0: token, index }) => spans.add(start + index, start + index + token.length));
  });
}

function hideAddresses(pattern: RegExp, text: string, spans: HiddenSpans): void {
  pattern.lastIndex = 0;
  while (pattern.test(text)) {
    const start = pattern.lastIndex;
    let end = start;
    while (end < text.length && !ADDRESS_END.test(text[end]!)) end++;
    spans.add(start, end);
    pattern.lastIndex = end;
  }
}

/** Key blocks; one without an end loses everything that follows. */
function hidePrivateKeys(text: string, spans: HiddenSpans): void {
  if (!text.includes('PRIVATE KEY')) return;
  PRIVATE_KEY.lastIndex = 0;
  for (let begin = PRIVATE_KEY.exec(text); begin !== null; begin = PRIVATE_KEY.exec(text)) {
    DASHES.lastIndex = PRIVATE_KEY.lastIndex;
    const isClosed = DASHES.test(text);
    const end = isClosed ? DASHES.lastIndex : text.length;
    spans.add(begin.index, end);
    PRIVATE_KEY.lastIndex = end;
  }
}

/** JSON web tokens, signed or encrypted: from `eyJ` to the end of the run of dots and base64url digits. */
function hideWebTokens(text: string, spans: HiddenSpans): void {
  eachMatch(DOTTED_RUN, text, ({ 0: run, index }) => {
    const start = run.indexOf('eyJ');
    if (start !== -1 && run.indexOf('.', start) !== -1 && run.length - start >= 20)
      spans.add(index + start, index + run.length);
  });
}
