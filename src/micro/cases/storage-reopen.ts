import type {MicroCase} from '../micro-case.ts'
import {appending, createPartition, openLog} from './storage-log.ts'

const VALUE_BYTES = 1024

/** What a broker does when it starts: find what a log of `messages` holds. */
export function reopenLog(messages: number): MicroCase {
  return {
    name: `Storage_Reopen/size=${VALUE_BYTES}/messages=${messages}`,
    summary: `open a log of ${messages} messages that was closed, and close it again`,
    suites: ['micro'],
    disk: 'write',
    async prepare(place) {
      const storage = await openLog(place, 'never')
      await appending(storage, await createPartition(storage), VALUE_BYTES, 1).append(messages, 64)
      await storage.close()
      const own = {dataDir: place.dataDir} // what was adopted is its own by now
      return {
        async run(count) {
          let topics = 0
          for (let index = 0; index < count; index += 1) {
            const opened = await openLog(own, 'never')
            topics += opened.topics.size
            await opened.close()
          }
          return topics
        },
      }
    },
  }
}
