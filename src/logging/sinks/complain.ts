/** Says on stderr what the log itself cannot say. */
export function complain(text: string): void {
  try {
    process.stderr.write(`penguiflow: ${text}\n`);
  } catch {
    // Nowhere left to say it; the counters still tell.
  }
}
