import { readFile } from 'node:fs/promises';

/** The most memory that a process has had in RAM so far, in MiB; `null` where the system does not tell (not Linux). */
export async function readPeakRssMiB(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 102.4) / 10;
}
