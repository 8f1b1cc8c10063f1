const list = (words: string): readonly string[] => words.trim().split(/\s+/);
const set = (words: string): ReadonlySet<string> => new Set(list(words));

/** Names that are secret wherever they stand in a key, which is compared without case and separators. */
export const ANYWHERE = list(`
  password passwd passphrase passcode passwort secret credential authorization bearer cookie
  apikey accesskey privatekey encryptionkey decryptionkey signingkey authkey accountkey sharedkey sharedaccess storagekey masterkey
  subscriptionkey functionskey consumerkey clientkey licensekey licencekey sessionkey servicekey deploykey webhookkey hmackey
  aeskey rsakey sshkey pgpkey gpgkey wrappingkey cipherkey cryptokey
  authtoken connectionstring connstring connstr creditcard cardnumber securitycode socialsecurity
  onetimecode verificationcode recoverycode backupcode authorizationcode mfacode codeverifier
  kennwort contraseña contrasena motdepasse wachtwoord adgangskode lösenord salasana пароль 密码 密碼 パスワード 비밀번호
  seedphrase recoveryphrase mnemonic samlresponse samlrequest clientassertion phpsessid jsessionid aspnetsessionid
`);

/** Words that hold one of those by accident. */
export const ACCIDENTS = list('secretar passwordless');

/** Words that are secret as the last one of a key: `token` and `accessToken` are, `tokenCount` is not. */
export const LAST = set(`
  token tokens pwd pw passwd pass jwt jws jwe otp totp hotp csrf xsrf cvv cvc cvn csc ssn sas sig auth creds cred psk hmac jwk sessid
  requirepass masterauth pfx senha heslo hasło mdp
`);

/** Ends of a last word that has no separators: `dbpass`, `accesstoken`. */
export const LAST_ENDS = list('token tokens pwd jwt csrf xsrf cvv otp pass');

/** Words with such an end that are no secrets. */
export const OTHER_ENDS = set('compass bypass trespass surpass encompass overpass underpass');

/** Names that are secret only when they are the whole key; as parts they are in too many innocent words. */
export const WHOLE = set('pin auth pass pan sessionid sid sig pw');

/** Ends of names that are secret although they end in `id`. */
export const SECRET_IDS = list('accesskeyid secretid sessid');

/** Last words that are secret behind certain others. */
export const BEHIND: Readonly<Record<string, ReadonlySet<string>>> = {
  sid: set('connect express koa session php user auth http'),
  pin: set('card atm user new old current security login access sim device bank debit'),
  code: set('auth device verification security recovery backup mfa fa access sms reset login activation otp totp time'),
  seed: set('wallet master hd bip totp'),
};

/** What a signature that is none of cryptography's belongs to. */
export const SIGNED_CODE = set(
  'method function fn type call constructor operator generic event message email mail my your',
);

/** First words of a pass that is no password. */
export const TICKETS = set('boarding first second single multi render compiler season day ski bus mountain');

/** Last words that say something about a secret, and not the secret: `tokenType`, `password_changed_at`. */
export const ABOUT = set(`
  count counts length len size type types kind name names url uri endpoint endpoints expires expiry expiration expired at in ttl age
  policy policies rule rules required enabled disabled valid invalid format algorithm alg version status state limit limits min max
  usage used left remaining budget attempts strength changed updated created issued id ids file path dir folder field label
  placeholder error errors exception failure failed missing provider source service controller guard manager handler validator
  strategy middleware module repository helper factory store
  ts js mjs cjs mts cts tsx jsx py go java rb php rs cs json yml yaml toml md html css
`);

/** Last words that tell one secret from another and are passed over: `password_old`, `API_KEY_1`, `tokenProd`. */
export const VARIANT = set(`
  old new prod production dev development test staging stage live local value values val str string raw text b base encoded enc
  encrypted plain plaintext hash hashed digest env header param confirm confirmation confirmed repeat repeated again current previous
  next primary secondary backup main default v read write ro rw admin root key provided given supplied received sent entered
`);

/** Keys whose values name something: an order, a phone, a moment. */
export const IDENTIFIERS = set(`
  id ids uuid guid ulid no nr ref reference order orders invoice ticket tracking shipment parcel phone tel telephone mobile msisdn fax
  cell whatsapp imei imsi iccid meid ean gtin upc isbn sku serial timestamp ts time at ms ns us date epoch created updated offset
  seq sequence lsn txid cursor etag version revision build trace span parent traceparent request correlation run job batch partition
`);

/** Words of keys that hold a card, whatever follows. */
export const CARDS = set('card cards credit debit pan cc payment visa mastercard amex');

/** Keys of objects like `{ name: 'API_KEY', value: '…' }` that say whose value it is. */
export const NAME_KEYS = set(`
  name key header field property path instancepath datapath column param parameter id k label variable var attribute prop type setting option
`);

/** Keys of such objects that hold the value. */
export const VALUE_KEYS = set(
  'value values val v default defaultvalue content data input received actual currentvalue newvalue oldvalue args arguments',
);

/** Parameters of URLs that are secrets there, although their names say little elsewhere. */
export const QUERY_KEYS = set('key code ticket');
