import { spawn, type ChildProcess } from 'node:child_process';

import { commandTool } from '../../support/needs-tool.js';
import { PROGRAM, quietEnv } from './command-line.js';

export const PYTHON = commandTool('python3', { install: 'apt-get install python3' });

/** Runs a command in a terminal of so many columns and rows; keys come in, and what it shows goes out. */
const PTY = `
import fcntl, os, pty, select, struct, sys, termios
columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
pid, fd = pty.fork()
if pid == 0:
    os.environ['TERM'] = 'xterm-256color'
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    os.execvp(command[0], command)
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
inputs = [fd, 0]
while True:
    ready, _, _ = select.select(inputs, [], [])
    if 0 in ready:
        keys = os.read(0, 1024)
        if keys: os.write(fd, keys)
        else: inputs.remove(0)
    if fd in ready:
        try: shown = os.read(fd, 65536)
        except OSError: break
        if not shown: break
        os.write(1, shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

export function inTerminal(
  args: readonly string[],
  { columns = 80, rows = 24, env = {} }: { columns?: number; rows?: number; env?: Record<string, string> } = {},
): ChildProcess {
  const command = [process.execPath, PROGRAM, ...args];
  return spawn('python3', ['-c', PTY, String(columns), String(rows), ...command], {
    env: quietEnv(env),
    stdio: 'pipe',
  });
}

/** The lines on a screen, after all that was written to it. */
export function screenOf(written: string): string[] {
  const frames = written.split('\u001b[H');
  // oxlint-disable-next-line eslint/no-control-regex -- what a terminal takes for more than text is what it looks for
  return (frames.at(-1) ?? '').replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '').split('\r\n');
}
