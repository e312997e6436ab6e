/** An event as a server has sent it. */
export interface ReceivedEvent {
  readonly name: string;
  readonly data: string;
}

/** Reads server-sent events (WHATWG HTML §9.2.6), comments left out; an event that breaks off is none. */
export async function* readServerEvents(pieces: ReadableStream<Uint8Array>): AsyncGenerator<ReceivedEvent, void, void> {
  let held = '';
  for await (const piece of pieces.pipeThrough(new TextDecoderStream())) {
    held += piece;
    for (;;) {
      const end = held.indexOf('\n\n');
      if (end < 0) break;
      const event = readEvent(held.slice(0, end));
      held = held.slice(end + 2);
      if (event !== undefined) yield event;
    }
  }
}

function readEvent(block: string): ReceivedEvent | undefined {
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (field === 'event') name = value as string;
    if (field === 'data') data.push(value as string);
  }
  return data.length === 0 ? undefined : { name, data: data.join('\n') };
}
