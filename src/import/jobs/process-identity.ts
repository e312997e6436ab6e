import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Where the id of a process says which one it is. Two containers of one host may have the same name and each a process 1:
 * on Linux the run of the kernel and the namespace of process ids tell them apart.
 */
const PLACE = placeOfProcessIds();

/** This process, for others to see whether it is still there; without a space. */
export const THIS_PROCESS = `${PLACE}:${process.pid}`;

/** Whether what {@link THIS_PROCESS} began was a process beside this one that is there no more; `false` where nobody can tell. */
export function isGone(runner: string): boolean {
  const [place, pid] = runner.split(':');
  if (place !== PLACE || Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function placeOfProcessIds(): string {
  try {
    const kernelRun = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${hostname()}/${kernelRun}/${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))}`;
  } catch {
    return hostname();
  }
}
