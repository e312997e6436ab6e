import { type Static, Type } from 'typebox';
import { ON_EXISTING } from '../../import/entry.ts';
import { IMPORT_JOB_STATES, type JobOptions, MATCH_TYPES } from '../../import/jobs/job.ts';
import { ALGORITHMS } from '../../otp/parameters.ts';
import { SECRET_ENCODINGS, TABLE_FIELDS } from '../../sources/source.ts';
import { Maybe } from '../schemas.ts';

export const JobId = Type.String({ minLength: 1, maxLength: 64 });

const COLUMN = Type.String({ minLength: 1, maxLength: 256 });

/** How the file is to be read. */
export const ReadingMembers = {
  format: Maybe(Type.String({ minLength: 1, maxLength: 64, description: 'factorport sources' })),
  mapping: Maybe(
    Type.Object(Object.fromEntries(TABLE_FIELDS.map((field) => [field, Type.Optional(COLUMN)])), {
      additionalProperties: false,
    }),
  ),
  encoding: Maybe(Type.Enum([...SECRET_ENCODINGS])),
  assume: Maybe(
    Type.Object(
      {
        type: Maybe(Type.Enum(['totp', 'hotp'])),
        algorithm: Maybe(Type.Enum([...ALGORITHMS])),
        digits: Maybe(Type.Integer({ minimum: 6, maximum: 8 })),
        period: Maybe(Type.Integer({ minimum: 5, maximum: 300 })),
      },
      { additionalProperties: false },
    ),
  ),
};

/** Password, pre-shared key or application key of the file. */
export const SecretMember = { secret: Maybe(Type.String({ minLength: 1, maxLength: 4096 })) };

export const OptionMembers = {
  ...ReadingMembers,
  match: Maybe(Type.Enum([...MATCH_TYPES])),
  createUsers: Maybe(Type.Boolean()),
  onExisting: Maybe(Type.Enum([...ON_EXISTING])),
  dryRun: Maybe(Type.Boolean()),
  maxErrors: Maybe(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
  maxErrorShare: Maybe(Type.Number({ minimum: 0, maximum: 1 })),
};

const OptionsSchema = Type.Object(OptionMembers);
export type OptionsInput = Static<typeof OptionsSchema>;

/** What of the options was given, in the terms of the jobs. `null` counts as left out. */
export function readJobOptions(input: OptionsInput): Partial<JobOptions> {
  const given = Object.entries(input).filter(([name, value]) => name in OptionMembers && value != null);
  const { assume, ...options } = Object.fromEntries(given) as OptionsInput;
  const known = options as Partial<JobOptions>;
  if (assume == null) return known;
  const { period, ...rest } = Object.fromEntries(
    Object.entries(assume).filter(([, value]) => value != null),
  ) as typeof assume;
  const assumed = { ...rest, ...(period == null ? {} : { periodSeconds: period }) } as JobOptions['assume'];
  return { ...known, assume: assumed };
}

const Time = Type.String({ format: 'date-time' });
const TimeOrNull = Type.Union([Type.Null(), Time]);
const Count = Type.Integer({ minimum: 0 });
const Counts = (...names: string[]) => Object.fromEntries(names.map((name) => [name, Count]));

export const JobSchema = Type.Object({
  jobId: Type.String(),
  state: Type.Enum([...IMPORT_JOB_STATES]),
  fileName: Type.String(),
  uploadBytes: Count,
  hasUsersFile: Type.Boolean(),
  format: Type.Union([Type.Null(), Type.String()]),
  options: Type.Object({}),
  createdBy: Type.String(),
  createdAt: Time,
  uploadExpiresAt: TimeOrNull,
  startedAt: TimeOrNull,
  finishedAt: TimeOrNull,
  run: Count,
  bytesDone: Count,
  counts: Type.Object({
    ...Counts('items', 'added', 'replaced', 'unchanged', 'skipped', 'failed', 'nothing', 'usersCreated'),
    ...Counts('recoveryCodes', 'weakSeeds', 'duplicates', 'proven', 'notes'),
    reasons: Type.Object({}),
  }),
  outcome: Type.Union([Type.Null(), Type.Object({ code: Type.String(), message: Type.String() })]),
  undo: Type.Object(Counts('restored', 'removed', 'usersDeleted', 'changedSince')),
  undoableUntil: TimeOrNull,
});

export const ProblemSchema = Type.Object({
  sequence: Count,
  severity: Type.Enum(['failed', 'note']),
  item: Count,
  line: Type.Union([Type.Null(), Count]),
  user: Type.Object({}),
  serial: Type.Optional(Type.String()),
  field: Type.String(),
  reason: Type.String(),
  message: Type.String(),
});

export const InspectionSchema = Type.Object({
  format: Type.String(),
  because: Type.Union([Type.Null(), Type.String()]),
  table: Type.Union([
    Type.Null(),
    Type.Object({
      columns: Type.Array(
        Type.Object({ heading: Type.String(), field: Type.Union([Type.Null(), Type.Enum([...TABLE_FIELDS])]) }),
      ),
      hasHeadings: Type.Boolean(),
      rows: Type.Array(Type.Array(Type.String())),
      mapping: Type.Object({}),
      encoding: Type.Union([Type.Null(), Type.Enum([...SECRET_ENCODINGS])]),
    }),
  ]),
});

export const ProofSchema = Type.Object({
  found: Type.Boolean(),
  verified: Type.Boolean(),
  otherReadings: Type.Array(
    Type.Object({
      encoding: Type.Optional(Type.String()),
      algorithm: Type.Optional(Type.String()),
      digits: Type.Optional(Count),
      period: Type.Optional(Count),
      text: Type.String(),
    }),
  ),
});
