import type { ImportJobDto } from '../../import/jobs/job-dto.ts';
import { fillText, type Language, type LocalText } from '../../language.ts';
import type { Terminal } from '../terminal.ts';

/** Tells how far a job has come: a bar on a screen, else a line from time to time. */
export interface Progress {
  uploaded(bytes: number, ofBytes: number | undefined): void;
  update(job: ImportJobDto): void;
  /** Takes the bar away. */
  end(): void;
}

const TEXTS = {
  uploading: { en: 'Uploading', zh: '正在上传' },
  bar: {
    en: '{bar} {percent}%  {rate} rows/s  {failed} failed  {left} left',
    zh: '{bar} {percent}%  {rate} 行/秒  失败 {failed}  剩余 {left}',
  },
  line: {
    en: '{items} items, {percent}%, {rate} rows/s, {failed} failed, {left} left',
    zh: '已处理 {items} 项，{percent}%，{rate} 行/秒，失败 {failed} 项，剩余 {left}',
  },
  undoing: { en: 'Undoing: {users} users', zh: '正在撤销：{users} 个用户' },
} as const satisfies Record<string, LocalText>;

const REDRAW_MS = 100;
const LINE_MS = 10_000;
const BAR_CELLS = 20;

/** @param clock milliseconds, of any origin */
export function createProgress(
  { status, error }: Pick<Terminal, 'status' | 'error'>,
  language: Language,
  clock: () => number = () => performance.now(),
): Progress {
  let shownAt = status === undefined ? clock() : Number.NEGATIVE_INFINITY;
  let first: { readonly at: number; readonly job: ImportJobDto } | undefined;

  function show(text: () => string): void {
    const now = clock();
    if (now - shownAt < (status === undefined ? LINE_MS : REDRAW_MS)) return;
    shownAt = now;
    if (status === undefined) error(text());
    else status.draw(text());
  }

  return {
    uploaded(bytes, ofBytes) {
      const done = ofBytes === undefined ? asSize(bytes) : `${asSize(bytes)} / ${asSize(ofBytes)}`;
      show(() => `${TEXTS.uploading[language]} ${done}`);
    },
    update(job) {
      first ??= { at: clock(), job };
      const begun = first;
      show(() => describe(job, begun.job, clock() - begun.at, status !== undefined, language));
    },
    end: () => status?.draw(''),
  };
}

function describe(
  job: ImportJobDto,
  first: ImportJobDto,
  elapsedMs: number,
  hasBar: boolean,
  language: Language,
): string {
  if (job.state === 'undoing') {
    const { restored, removed, usersDeleted, changedSince } = job.undo;
    return fillText(TEXTS.undoing, language, { users: asNumber(restored + removed + usersDeleted + changedSince) });
  }
  const share = job.uploadBytes === 0 ? 0 : Math.min(1, job.bytesDone / job.uploadBytes);
  // Of a job that goes on where it was left, only what is done now says how fast it goes.
  const bytes = job.bytesDone - first.bytesDone;
  const rate = elapsedMs === 0 ? 0 : ((job.counts.items - first.counts.items) * 1000) / elapsedMs;
  const leftMs = bytes <= 0 ? undefined : (elapsedMs * (job.uploadBytes - job.bytesDone)) / bytes;
  return fillText(hasBar ? TEXTS.bar : TEXTS.line, language, {
    bar: drawBar(share),
    percent: Math.floor(share * 100),
    items: asNumber(job.counts.items),
    rate: asNumber(Math.round(rate)),
    failed: asNumber(job.counts.failed),
    left: leftMs === undefined ? '–' : asDuration(leftMs),
  });
}

function drawBar(share: number): string {
  const full = Math.floor(share * BAR_CELLS);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}]`;
}

/** `12345678` as `12,345,678`. */
export function asNumber(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `0:07`, `12:34`, `1:02:03`. */
function asDuration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [head, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [String(head), ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}

export function asSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
