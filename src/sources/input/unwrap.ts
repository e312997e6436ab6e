import type { SourceInput } from '../source.ts';
export async function unwrap(input: SourceInput): Promise<SourceInput> {
  return input;
}
