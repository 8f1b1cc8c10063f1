/** Runs something and gives what it wrote to stderr, without showing it. */
export async function stderrOf(body: () => unknown): Promise<string> {
  const before = process.stderr.write;
  let text = '';
  process.stderr.write = ((chunk: unknown) => {
    text += String(chunk);
    return true;
  }) as never;
  try {
    await body();
  } finally {
    process.stderr.write = before;
  }
  return text;
}
