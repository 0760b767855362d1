import type {Rule} from '../rule.ts'

/** File systems whose files are memory. */
const VOLATILE = ['tmpfs', 'ramfs']

export const volatileData: Rule = {
  id: 'volatile-data',
  summary: 'The data directory was memory, not a disk.',
  check(subject) {
    const dataDir = subject.target?.dataDir
    if (dataDir === undefined || !VOLATILE.includes(dataDir.fileSystem)) return undefined
    return {
      severity: 'warning',
      category: 'durability',
      description: `The data directory ${dataDir.path} is on ${dataDir.fileSystem}, which is memory`,
      impact: 'A sync costs nothing there and nothing outlives a power cut: the figures say nothing about a disk.',
      suggestion: 'Measure on the kind of disk that production has.',
      testIt: 'streambus bench throughput --data-dir /var/tmp/streambus',
      evidence: {},
    }
  },
}
