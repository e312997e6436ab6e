import { describe, expect, it } from 'vitest';
import { createRemoteJobs } from '../../src/cli/import/remote-jobs.ts';
import { RemoteRefusal } from '../../src/cli/import/remote-refusal.ts';
import type { ServerCalls } from '../../src/cli/import/server-access.ts';

const JOB = 'aabbccddeeff001122334455';
const AWAY = RemoteRefusal.unreachable('http://127.0.0.1', new Error('ECONNREFUSED'));
const { signal } = new AbortController();

function events(...names: string[]): ReadableStream<Uint8Array> {
  const texts = names.map((name) => `event: ${name}\ndata: ${JSON.stringify({ jobId: JOB, state: name })}\n\n`);
  return new Blob(texts).stream();
}

/** A server whose answers about the events of a job come one after the other, the last one again and again. */
function following(...answers: (ReadableStream<Uint8Array> | RemoteRefusal)[]) {
  let asked = 0;
  const calls: ServerCalls = {
    call: () => Promise.reject(new Error('nothing else is asked')),
    async stream() {
      const answer = answers[Math.min(asked++, answers.length - 1)] as (typeof answers)[number];
      if (answer instanceof RemoteRefusal) throw answer;
      return answer;
    },
  };
  const jobs = createRemoteJobs(calls, 1);
  return { follow: jobs.follow(JOB, signal, () => undefined), asked: () => asked };
}

describe('following a job of a server', () => {
  it('goes on after the server was restarted', async () => {
    const { follow } = following(events('job'), AWAY, AWAY, AWAY, events('job', 'end'));
    expect(await follow).toMatchObject({ state: 'end' });
  });

  it('ends where the server stays away, and says that the job goes on and how to look at it', async () => {
    const { follow, asked } = following(events('job'), AWAY);
    await expect(follow).rejects.toThrow(`factorport import show ${JOB} --server`);
    expect(asked()).toBeLessThan(10);
  });

  it('ends at once where the server refuses', async () => {
    const { follow, asked } = following(new RemoteRefusal(404, 'no such job'));
    await expect(follow).rejects.toThrow('no such job');
    expect(asked()).toBe(1);
  });
});
