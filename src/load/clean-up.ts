import type {Warning} from '../model/sample.ts'
import type {Lifetime} from './lifetime.ts'
import type {LoadRequest} from './load-outcome.ts'
import type {RunTopics} from './topics.ts'

/** After an abort or a failure; whoever aborts waits a second for all of it. */
const DELETE_MS_MAX = 300

/**
 * A broker that stays is left as it was found; else the warning says what is left. `remove` ends the
 * consumers first, because a poll would bring a topic back, and tells why a topic could not be
 * deleted. What the run measured stands, whatever comes of it.
 */
export async function cleanUp(
  life: Lifetime,
  {keepTopic}: LoadRequest,
  topics: RunTopics,
  remove: () => Promise<string | undefined>,
): Promise<Warning | undefined> {
  if (keepTopic) return undefined
  const late = () => `no answer within ${DELETE_MS_MAX} ms`
  const reason = await life.withinAfterStop(remove(), DELETE_MS_MAX, late)
  if (reason === undefined) return undefined
  return {code: 'topic-left', message: `${topics.text} may still be on the target, deleting failed: ${reason}`}
}
