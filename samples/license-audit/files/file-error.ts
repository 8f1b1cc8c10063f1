/** What the operating system says when it is only short of something: another try may do. */
const TRANSIENT = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'EINTR', 'ETIMEDOUT']);

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is not in a directory',
  EISDIR: 'is a directory',
  EFTYPE: 'is not a regular file',
  EACCES: 'may not be read (permission denied)',
  EPERM: 'may not be read (not permitted)',
  ELOOP: 'is a link that leads back to itself',
  ENAMETOOLONG: 'has a path that is too long',
  EIO: 'cannot be read (input/output error)',
};

/** The code of a file system error (`ENOENT`); undefined for any other value. */
export function fileErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the same call may succeed a moment later. */
export function isTransientFileError(error: unknown): boolean {
  const code = fileErrorCode(error);
  return code !== undefined && TRANSIENT.has(code);
}

/**
 * Says in words why a file cannot be used: `package.json is a directory`.
 *
 * @throws what it was given, unless that is a lasting file system error
 */
export function explainFileError(file: string, error: unknown): string {
  const code = fileErrorCode(error);
  if (code === undefined || isTransientFileError(error)) throw error;
  return `${file} ${EXPLANATIONS[code] ?? `cannot be read (${code})`}`;
}
