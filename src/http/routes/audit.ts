import { Type } from 'typebox';
import type { AuditFilter, AuditPlace } from '../../audit/audit-trail.ts';
import { readTime, TIME_EXPECTED } from '../../audit/filter.ts';
import { defineRoute } from '../route.ts';
import { Maybe } from '../schemas.ts';
import { invalidArgument } from '../validate.ts';

const DEFAULT_LIMIT = 50;

const FilterMembers = {
  from: Maybe(Type.String({ maxLength: 40, description: 'ISO 8601 / ms' })),
  to: Maybe(Type.String({ maxLength: 40, description: 'ISO 8601 / ms' })),
  action: Maybe(Type.String({ maxLength: 128 })),
  result: Maybe(Type.Enum(['ok', 'refused', 'failed'])),
  actor: Maybe(Type.String({ maxLength: 512 })),
  userId: Maybe(Type.String({ maxLength: 512 })),
  address: Maybe(Type.String({ maxLength: 128 })),
  requestId: Maybe(Type.String({ maxLength: 128 })),
};

const EventSchema = Type.Object({
  at: Type.String({ format: 'date-time' }),
  action: Type.String(),
  result: Type.String(),
  actor: Type.String(),
  address: Type.String(),
  requestId: Type.String(),
  userId: Type.Union([Type.String(), Type.Null()]),
  detail: Type.Object({}),
  writerId: Type.String(),
  sequence: Type.Integer(),
});

export const listAuditEvents = defineRoute({
  method: 'GET',
  path: '/api/v1/audit/events',
  summary: { en: 'List audit events, newest first', zh: '获取审计事件列表，最新的在前' },
  description: {
    en: 'Events of the key\'s own pool. "from" is included, "to" is not; an action that ends with a dot, like "otp.", stands for all that begin with it. For the next page send "cursor" from "nextCursor"; it is absent on the last one.',
    zh: '仅返回密钥所属用户池的事件。包含“from”时刻，不包含“to”时刻；以点号结尾的 action（如“otp.”）匹配所有以其开头的操作。将“nextCursor”作为“cursor”传入可获取下一页，最后一页没有该成员。',
  },
  scope: 'audit:read',
  // Closed: a misspelt filter would let everything through.
  input: Type.Object(
    {
      ...FilterMembers,
      limit: Maybe(Type.Integer({ minimum: 1, maximum: 1000 })),
      cursor: Maybe(Type.String({ maxLength: 512 })),
    },
    { additionalProperties: false },
  ),
  output: Type.Object({ list: Type.Array(EventSchema), nextCursor: Type.Optional(Type.String()) }),
  async handle({ services, actor }, input) {
    const page = {
      limit: input.limit ?? DEFAULT_LIMIT,
      after: input.cursor ? readCursor(input.cursor) : undefined,
    };
    const { items, next } = await services.auditTrail.list(actor.poolId, readFilter(input), page);
    return next === undefined ? { list: items } : { list: items, nextCursor: writeCursor(next) };
  },
});

export const exportAuditEvents = defineRoute({
  method: 'GET',
  path: '/api/v1/audit/export',
  summary: { en: 'Export audit events as NDJSON, oldest first', zh: '以 NDJSON 导出审计事件，最早的在前' },
  description: {
    en: 'One JSON object a line, with the members of the list and "hash", the link in the chain of its writer. What happens after the call is not in it. The export itself leaves an event. An answer that breaks off is not complete.',
    zh: '每行一个 JSON 对象，成员与列表相同，并附带“hash”（该事件在写入者链中的哈希）。不包含调用之后发生的事件。导出操作本身也会留下审计事件。中途断开的应答是不完整的。',
  },
  scope: 'audit:read',
  input: Type.Object(FilterMembers, { additionalProperties: false }),
  stream: 'application/x-ndjson',
  async handle(call, input) {
    const lines = call.services.auditTrail.exportLines(call.actor, readFilter(input));
    // Whatever refuses the export does so here, where it can still be told.
    const first = await lines.next();
    call.markAudited();
    return startingWith(first, lines);
  },
});

async function* startingWith(first: IteratorResult<string, void>, rest: AsyncIterable<string>) {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

type FilterInput = Readonly<Partial<Record<keyof typeof FilterMembers, string | null | undefined>>>;

function readFilter({ from, to, ...equal }: FilterInput): AuditFilter {
  const given = Object.entries(equal).filter(([name, value]) => name in FilterMembers && value);
  return { from: timeIn('from', from), to: timeIn('to', to), ...Object.fromEntries(given) };
}

function timeIn(field: string, text: string | null | undefined): number | undefined {
  if (!text) return undefined;
  const time = readTime(text);
  if (time === undefined) throw invalidArgument(field, TIME_EXPECTED);
  return time;
}

/** Opaque to the caller, so that the order may change. */
function writeCursor({ at, writer_id, sequence }: AuditPlace): string {
  return Buffer.from(JSON.stringify([at, writer_id, sequence])).toString('base64url');
}

function readCursor(text: string): AuditPlace {
  const match = /^\[(\d{1,15}),"([0-9a-f]{1,64})",(\d{1,15})\]$/.exec(Buffer.from(text, 'base64url').toString());
  if (match === null) {
    throw invalidArgument('cursor', {
      en: 'it must be the "nextCursor" of an earlier page',
      zh: '应为先前一页返回的“nextCursor”',
    });
  }
  return { at: Number(match[1]), writer_id: match[2] as string, sequence: Number(match[3]) };
}
