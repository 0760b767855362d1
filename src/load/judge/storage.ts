import type {Reasons, StorageFacts} from './evidence.ts'

/** Does the target's fsync mean anything where its log lies? */
export function storageReasons(storage: StorageFacts | undefined): Reasons {
  if (storage === undefined || !storage.isVolatile || storage.fsyncPolicy === 'never') return []
  return [
    {
      code: 'fsync-meaningless',
      message: `fsync ${storage.fsyncPolicy} on ${storage.fileSystem}, which keeps files in memory: its syncs cost nothing and promise nothing.`,
      suggestion: 'Put the log on a disk: --data-dir PATH',
      evidence: {},
    },
  ]
}
