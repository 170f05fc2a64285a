/**
 * What a coordinator does again and again: it looks who is there and what became of its jobs, hands out more,
 * and tells where the campaign stands.
 */
import { countOfCauses, countOfSubject } from '../campaign/findings.ts';
import { toStored } from '../campaign/progress.ts';
import { leftMsOf } from '../campaign/schedule.ts';
import { progressOf } from '../campaign/state.ts';
import { lengthOfAll } from '../examine/range.ts';
import { dueJobs, giveUp, judgeJob } from './coordination.ts';
import { machinesOf } from './fleet.ts';
import { rangesText } from './job.ts';
import { slotsOf, type Course, type Office } from './office.ts';
import type { Standing } from './standing.ts';
import { lonelyMs, reconcileMs, standingMs } from './timing.ts';

/** Whoever may write to the queue may say that there are any number of machines. */
const seenMax = 10_000;

/** Counts, machines, what is known, where it stands; and what became of jobs that nothing came of. */
export async function look(office: Office, course: Course): Promise<void> {
  const { desk, server, quarters, gatherer, observers, lock } = office;
  gatherer.check();
  const now = performance.now();
  if (now - course.standingAt < standingMs) return;
  course.standingAt = now;
  await lock.renew();
  // A server that has forgotten everything is told everything again.
  const anew = await quarters.begin();
  if (anew) observers.onNote('the queue is told of the campaign anew');
  course.counts = await desk.counts();
  course.machines = await machinesOf(server.redis, quarters.keys);
  for (const machine of course.machines)
    if (course.seen.size < seenMax || course.seen.has(machine.id)) course.seen.set(machine.id, machine);
  observers.onMachines?.(course.machines);
  if (course.machines.length > 0) {
    course.companyAt = now;
    course.slots = slotsOf(course.machines);
  }
  if (now - course.companyAt > lonelyMs) {
    course.companyAt = now;
    observers.onNote('no worker is there any more: logitfuzz worker --queue … --subject …');
  }
  const known = gatherer.known({ anew });
  if (known !== null) await quarters.publish(known);
  await tell(office, course);
  // What was taken back at the end of a campaign is nowhere, and stays so.
  if (office.coordination.state.stoppedBy !== null || now - course.reconciledAt < reconcileMs) return;
  course.reconciledAt = now;
  await reconcile(office, course);
}

/** More pending jobs than these take a while to write down, which is done before each handing out. */
const manyJobs = 64;

export async function handOut(
  { coordination, desk, gatherer, choices, observers }: Office,
  course: Course,
): Promise<void> {
  const { state } = coordination;
  gatherer.check();
  const now = performance.now();
  if (state.inFlight.size > manyJobs && now - course.handedAt < standingMs) return;
  const leftMs = leftMsOf(state);
  const leftSeconds = leftMs === null ? null : leftMs / 1000;
  const jobs = dueJobs(coordination, { slots: course.slots, leftSeconds });
  if (jobs.length === 0) return;
  course.handedAt = now;
  // Whoever resumes knows of each job that anybody may have.
  observers.onCheckpoint?.(progressOf(state));
  await desk.hand(jobs.map(({ id, ranges }) => ({ id, job: judgeJob(coordination, choices.run, ranges) })));
}

/** Jobs that were given up are asked in parts, or are lost; those that are nowhere are handed out again. */
async function reconcile({ desk, coordination, choices, observers }: Office, course: Course): Promise<void> {
  const { state } = coordination;
  if (course.counts.failed > 0) {
    for (const { id, why } of await desk.takeFailed()) {
      const lost = giveUp(coordination, id);
      if (lost.length > 0)
        observers.onNote(
          `lost: the cases ${rangesText(lost.map(toStored))}, since nobody came back with them: ${why}`,
        );
    }
  }
  const { waiting, active, results } = course.counts;
  if (results > 0 || waiting + active >= state.inFlight.size) {
    course.missing = new Set();
    return;
  }
  const missing: string[] = [];
  for (const id of state.inFlight.keys())
    if (typeof id === 'string' && !(await desk.isThere(id))) missing.push(id);
  const again = missing.filter((id) => course.missing.has(id) && state.inFlight.has(id));
  course.missing = new Set(missing.filter((id) => !again.includes(id)));
  const jobs = again.map((id) => ({ id, job: judgeJob(coordination, choices.run, state.inFlight.get(id)!) }));
  if (jobs.length > 0) await desk.hand(jobs);
}

/** Writes where it stands, for people and machines. */
export async function tell(
  { quarters, coordination, choices, observers }: Office,
  course: Course,
): Promise<void> {
  const { state } = coordination;
  const { plan, gathered, start } = state;
  const { cases, elements } = gathered.tally;
  const seconds = (performance.now() - start) / 1000;
  const standing: Omit<Standing, 'phase'> = {
    run: choices.run,
    seed: plan.seed,
    runs: plan.runs,
    timeMs: plan.timeMs,
    cases,
    elements,
    seconds,
    rate: course.pace.at(seconds, cases),
    findings: gathered.findings.size,
    subjectFindings: countOfSubject(gathered),
    causes: countOfCauses(gathered),
    jobs: { waiting: course.counts.waiting, active: course.counts.active },
    machines: course.machines.length,
    slots: slotsOf(course.machines),
    lost: lengthOfAll(state.lost),
    stoppedBy: state.stoppedBy,
    path: observers.path(),
  };
  await quarters.tell(standing);
  observers.onProgress?.({
    cases,
    elements,
    seconds,
    findings: standing.findings,
    subjectFindings: standing.subjectFindings,
    rssMb: 0,
    fleet: { machines: standing.machines, slots: standing.slots },
  });
}
