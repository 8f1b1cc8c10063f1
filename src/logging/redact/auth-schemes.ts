import { eachMatch } from './each-match.js';
import type { HiddenSpans } from './hidden-spans.js';

/** A scheme of HTTP authentication and what may be its credentials. */
const SCHEME =
  /\b(bearer|basic|negotiate|ntlm|api-?key|ssws|splunk|dpop|jwt|shared-?key(?:lite)?|private-token)(?:[ \t]{1,8}|%20|\+)["'\\]{0,4}([^\s"'`,;<>()[\]{}\\]{4,})/gi;
/** Schemes with named parameters: `Digest username="…", response="…"`. */
const WITH_PARAMETERS =
  /\b(?:digest|oauth|hawk|signature|aws4-hmac-sha256|sharedaccesssignature|googlelogin|acs\d?-hmac-sha\d{1,4})[ \t]{1,8}(?=[A-Za-z_]\w{0,40}=)/gi;
const PARAMETER = /[ \t]{0,8},?[ \t]{0,8}[A-Za-z_][\w-]{0,40}=(?:\\?"[^"\\]*\\?"|'[^']*'|[^\s,"';)}\]]+)/y;
/** Words that follow the name of a scheme in a sentence. */
const WORDS =
  /^(?:tokens?|auth\w*|schemes?|headers?|credentials?|realm|errors?|formats?|prefix\w*|required|missing|invalid|types?|access|must|found|expired|keys?|from|with|error_description|validation|expected|rejected|refused|present|absent|value|based|string)[.:!?]{0,3}$/i;
const LETTERS = /^[A-Za-z]?[a-z]*[.:!?]{0,3}$/;
/** `Token token="…"`, `Basic realm=…`: read by its key. */
const NAMED = /^[a-z_]\w{0,32}=(?:$|[^=])/i;

/** Hides the credentials behind the name of a scheme: `Bearer …`, `Basic …`. */
export function hideAuthSchemes(text: string, spans: HiddenSpans): void {
  eachMatch(SCHEME, text, ({ 0: match, 1: scheme, 2: credentials = '', index }) => {
    const isBearer = scheme!.toLowerCase() === 'bearer';
    if (NAMED.test(credentials) || (isBearer ? WORDS : LETTERS).test(credentials)) return;
    const end = index + match.length;
    if (/\w{3}/.test(credentials)) spans.add(end - credentials.length, end);
  });
}

/** Hides the parameters of a scheme that has some: `Digest username="…", …`, `AWS4-HMAC-SHA256 Credential=…`. */
export function hideParameters(text: string, spans: HiddenSpans): void {
  WITH_PARAMETERS.lastIndex = 0;
  while (WITH_PARAMETERS.test(text)) {
    const start = WITH_PARAMETERS.lastIndex;
    let end = start;
    for (PARAMETER.lastIndex = end; PARAMETER.test(text);) end = PARAMETER.lastIndex;
    spans.add(start, end);
    WITH_PARAMETERS.lastIndex = end;
  }
}
