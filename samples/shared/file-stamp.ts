/** `20260131-120000-4711`: sorts by time, and two runs in one second do not share a file. */
export function fileStamp(): string {
  const time = new Date()
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '-');
  return `${time}-${process.pid}`;
}
