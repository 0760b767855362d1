import type {Appender} from './appender.ts'
import type {BlockCache} from './block-cache.ts'
import type {Cleaner} from './cleaner.ts'
import type {HeldLock} from './files.ts'
import type {Flusher} from './flusher.ts'
import type {ManifestStore} from './manifest-store.ts'
import type {Memtables} from './memtables.ts'
import type {Reader} from './reader.ts'
import type {Retention} from './retention.ts'
import type {SegmentStore} from './segment-store.ts'
import type {TableStore} from './tables/table-store.ts'
import type {TopicTable} from './topics.ts'

/** What an open log is made of; `openStorage` puts it together. */
export interface LogStorageParts {
  readonly topics: TopicTable
  readonly memtables: Memtables
  readonly cache: BlockCache
  readonly segments: SegmentStore
  readonly appender: Appender
  readonly flusher: Flusher
  readonly retention: Retention
  readonly cleaner: Cleaner
  readonly reader: Reader
  readonly tables: TableStore
  readonly manifest: ManifestStore
  readonly lock: HeldLock
}
