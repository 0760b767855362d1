import type {BenchTarget, TargetSession} from './bench-target.ts'

/**
 * One broker for all samples of a run instead of a fresh one each: faster to measure, and what a
 * sample leaves behind (compiled code, caches, memory, a fuller log) meets the next. A broker that
 * has ended, or other settings, open a new one.
 */
export function reuseBroker(target: BenchTarget): BenchTarget {
  let open: {readonly session: TargetSession; readonly key: string} | undefined
  const closeOpen = async () => {
    const closing = open?.session
    open = undefined
    await closing?.close()
  }
  return {
    ...target,
    driver: target.driver,
    description: target.description,
    async openSession(changes = []) {
      const key = JSON.stringify(changes)
      if (open !== undefined && open.key !== key) await closeOpen()
      if (open === undefined) {
        const session = await target.openSession(changes)
        open = {session, key}
        session.embedded?.onExit(() => {
          if (open?.session === session) open = undefined
        })
      }
      return {...open.session, isReused: true, close: async () => {}}
    },
    async close() {
      await closeOpen()
      await target.close()
    },
  }
}
